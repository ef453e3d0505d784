// Go: net/http with gorilla/websocket.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const slowRate = 1000000

var ended struct {
	sync.Mutex
	count int
	last  int64
}

func addEnded() {
	ended.Lock()
	defer ended.Unlock()
	ended.count++
	ended.last = time.Now().UnixNano()
}

func number(r *http.Request, name string, otherwise int64) int64 {
	if value, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64); err == nil {
		return value
	}
	return otherwise
}

func pause(octets int, rate int64) {
	time.Sleep(time.Duration(int64(octets) * int64(time.Second) / rate))
}

func plaintext(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	io.WriteString(w, "Hello, World!")
}

func sink(w http.ResponseWriter, r *http.Request) {
	total, err := io.Copy(io.Discard, r.Body)
	if err == nil {
		fmt.Fprint(w, total)
	}
}

func slowSink(w http.ResponseWriter, r *http.Request) {
	if websocket.IsWebSocketUpgrade(r) {
		slowWebSocketSink(w, r)
		return
	}
	rate := number(r, "rate", slowRate)
	buffer := make([]byte, 64*1024)
	total := 0
	for {
		size, err := r.Body.Read(buffer)
		total += size
		pause(size, rate)
		if err == io.EOF {
			fmt.Fprint(w, total)
			return
		}
		if err != nil {
			addEnded()
			return
		}
	}
}

func download(w http.ResponseWriter, r *http.Request) {
	left := number(r, "octets", 0)
	w.Header().Set("Content-Length", strconv.FormatInt(left, 10))
	for left > 0 {
		size := left
		if size > int64(len(piece)) {
			size = int64(len(piece))
		}
		if _, err := w.Write(piece[:size]); err != nil {
			return
		}
		left -= size
	}
}

var piece = make([]byte, 256*1024)
var upgrader = websocket.Upgrader{}

func echo(w http.ResponseWriter, r *http.Request) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		kind, message, err := socket.ReadMessage()
		if err != nil || socket.WriteMessage(kind, message) != nil {
			return
		}
	}
}

func slowWebSocketSink(w http.ResponseWriter, r *http.Request) {
	rate := number(r, "rate", slowRate)
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		_, message, err := socket.ReadMessage()
		if err != nil {
			addEnded()
			return
		}
		pause(len(message), rate)
	}
}

func endedSoFar(w http.ResponseWriter, r *http.Request) {
	ended.Lock()
	defer ended.Unlock()
	fmt.Fprintf(w, `{"ended": %d, "last_ns": %d}`, ended.count, ended.last)
}

func main() {
	http.HandleFunc("/plaintext", plaintext)
	http.HandleFunc("/sink", sink)
	http.HandleFunc("/slow-sink", slowSink)
	http.HandleFunc("/download", download)
	http.HandleFunc("/echo", echo)
	http.HandleFunc("/ended", endedSoFar)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
