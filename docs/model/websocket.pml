/* WebSocket: one connection after its opening handshake, and its one handler. Mirrors
 * actors/websocket/web_socket_conversation. See README.md.
 */

#ifdef NO_DEADLINES
#define NO_HANDLER_DEADLINE
#define NO_HANDSHAKE_DEADLINE
#define NO_ANSWER_DEADLINE
#endif
#ifdef MUTANT_no_close_deadline
#define NO_ANSWER_DEADLINE
#endif
#ifndef MESSAGES
#define MESSAGES 3 /* of the client */
#endif
#ifndef LOOK_AHEAD
#define LOOK_AHEAD 2 /* frames, where the code counts octets */
#endif
#define HANDLERS 1
#define IS_ATTACHED true /* the upgrade has spawned the handler */
#include "link.pml"

#ifdef FRIENDLY
#define may_close (n == MESSAGES)
#else
#define may_close true
#endif

chan parked = [LOOK_AHEAD] of { byte }; /* messages parsed ahead of a full slot, by number */
byte ahead;                             /* frames parsed since it was filled */

bool close_sent;
bool close_received;
bool closed_is_sent;
bool is_over;
bool is_judged;  /* truncation_checked_ */
bool handshake;  /* the clock of the closing handshake runs */
bool held;       /* the clock of what is to be answered before our Close runs */
bool is_failing; /* the client broke the protocol; what came before is being handled */
byte count;      /* the messages before the client's Close */
bool gone;       /* the client has closed behind a full window: nobody is told */
bool lost_some;  /* messages were dropped because the server began to close */

/* Whether the client is read. A Ping flood (S31) is not modelled. */
#ifdef MUTANT_no_look_ahead
#define reads_ahead false
#else
#define reads_ahead (len(parked) < LOOK_AHEAD && ahead < LOOK_AHEAD)
#endif
#define appetite (!is_over && !close_received && !is_failing \
                  && (close_sent || (is_stalled && reads_ahead) \
                      || (!is_stalled && len(parked) == 0)))

inline clear_parked() {
  do
  :: len(parked) > 0 -> parked ? _; lost_some = true
  :: else -> break
  od
}

inline forget_conversation() {
  clear_parked();
  ahead = 0;
  close_sent = false;
  close_received = false;
  closed_is_sent = false;
  is_over = false;
  is_judged = false;
  handshake = false;
  held = false;
  is_failing = false;
  count = 0;
  gone = false;
  lost_some = false;
  fin = false;
  rst = false;
  do
  :: holds_any(kernel) -> kernel ? _, _
  :: else -> break
  od
}

inline finish_connection() {
  assert(S44_one_winner || current == NOBODY || is_cancelled);
  phase = finishing;
  forget_conversation()
}

inline deliver_parked() {
  if
#ifdef MUTANT_second_delivery
  :: len(parked) > 0 && current != NOBODY && !is_cancelled ->
#else
  :: len(parked) > 0 && can_deliver ->
#endif
       parked ? number;
       if
       :: len(parked) == 0 || ahead == 0 -> ahead = 0
       :: else -> ahead--
       fi;
       deliver(number);
       number = 0
  :: else
  fi
}

/* The Close says what was wrong. */
inline fail_web_socket() {
  cancel(protocol_error);
  clear_parked();
  close_sent = true;
  is_over = true;
  held = false
}

inline end_if_closed() {
  if
#ifdef MUTANT_closed_overtakes_parked
  :: close_received && !closed_is_sent ->
#else
  :: close_received && len(parked) == 0 && !is_stalled && !closed_is_sent ->
#endif
       assert(S38_in_order || current == NOBODY || is_cancelled
              || (len(parked) == 0 && !is_stalled));
       closed_is_sent = true;
       if
       :: !lost_some -> notify(count)
       :: else -> notify(255)
       fi;
       held = current != NOBODY
  :: else
  fi;
  if
  :: is_failing && !is_over && ((len(parked) == 0 && !is_stalled)
                                || current == NOBODY || is_cancelled) ->
       fail_web_socket()
  :: else
  fi;
  if
  :: current != NOBODY && !is_cancelled
  :: (current == NOBODY || is_cancelled) && (is_over || close_received) ->
       close_sent = true; /* behind all answers */
       finish_connection()
  :: else
  fi
}

/* We begin to close; what was parked is not delivered any more. */
inline start_close() {
  if
  :: !close_sent ->
       close_sent = true;
       lost_some = true;
       clear_parked();
       handshake = !close_received && !is_failing
  :: else
  fi
}

inline read() {
  assert(S8_look_ahead || !is_stalled || close_sent
         || (ahead < LOOK_AHEAD && len(parked) < LOOK_AHEAD));
  kernel ? what, number;
  if
  :: is_stalled && !close_sent -> ahead++
  :: else
  fi;
  if
  :: what == data && !close_sent ->
       parked ! number;
       number = 0;
       deliver_parked()
  :: what == data && close_sent /* dropped */
  :: what == ping
  :: what == close_frame ->
       close_received = true;
       handshake = false;
       held = !close_sent;
       count = number
  :: what == garbage ->
       is_failing = true;
       handshake = false;
       held = true
  fi;
  end_if_closed()
}

inline on_down() {
  was_cancelled = is_cancelled;
  let_go();
  bury(from);
  if
  :: phase == open ->
       start_close();
       clear_parked();
       end_if_closed()
  :: else
  fi
}

inline on_response() {
  judge(from, id, verdict);
  if
  :: verdict && phase == open && what == reject ->
       cancel(answered);
       start_close()
  :: verdict && phase == open && what == acknowledge ->
       if
       :: len(parked) == 0 -> ahead = 0
       :: else
       fi;
       deliver_parked();
       end_if_closed()
  :: else
  fi
}

inline on_request() {
  if
#ifndef MUTANT_sends_after_cancel
  :: from != current || is_cancelled || phase != open
#else
  :: from != current || phase != open
#endif
  :: else ->
       assert(S45_sends_ignored || (!was_told[from] && phase == open));
       if
       :: what == send_close -> start_close()
       :: else /* a message for the client */
       fi
  fi
}

inline on_message() {
  if
  :: what == down -> on_down()
  :: what == acknowledge || what == reject -> on_response()
  :: else -> on_request()
  fi
}

active proctype socket() {
  mtype what;
  byte from, id, number;
  bool verdict, was_cancelled;
  do
  :: atomic { inbox ? what, from, id ->
       on_message();
       what = 0; from = 0; id = 0; number = 0; verdict = false; was_cancelled = false }
  :: atomic { phase == open && appetite && nempty(kernel) ->
       read();
       what = 0; number = 0 }
  :: atomic { phase == open && appetite && empty(kernel) && fin && !rst ->
       assert(S37_abnormal || !close_received);
       leave(peer_closed) }

  /* The kernel tells of these although nothing is read. */
  :: atomic { phase == open && rst -> leave(peer_reset) }
  :: atomic { phase == open && fin && !is_judged && !appetite ->
       is_judged = true;
       if
#ifndef MUTANT_fin_ignored_when_stalled
       :: !close_received && !is_failing -> leave(peer_closed)
#endif
       :: else
       fi }

  /* Clocks. */
#ifndef MUTANT_no_probe
  :: atomic { phase == open && is_stalled && gone && !rst && !close_sent ->
       rst = true } /* the Ping of stall_probe meets a closed socket */
#endif
#ifndef NO_HANDLER_DEADLINE
#ifndef MUTANT_no_handler_deadline
  :: atomic { phase == open && !is_over && is_stalled && !is_cancelled -> /* a second changes nothing */
       cancel(handler_deadline);
       start_close();
       end_if_closed() }
#endif
#endif
#ifndef NO_HANDSHAKE_DEADLINE
  :: atomic { phase == open && handshake ->
       handshake = false;
       cancel(client_deadline);
       is_over = true;
       end_if_closed() }
#endif
#ifndef NO_ANSWER_DEADLINE
  :: atomic { phase == open && held ->
       held = false;
       if
       :: is_failing -> fail_web_socket()
       :: !is_failing && closed_is_sent -> cancel(answered); is_over = true
       :: else -> close_sent = true /* what is left is delivered all the same (S38) */
       fi;
       end_if_closed() }
#endif
  :: atomic { phase == finishing -> leave(client_deadline) }
#ifndef MUTANT_no_grace_deadline
  :: atomic { current != NOBODY && is_cancelled && !is_killed -> kill_current() }
#endif

#ifndef NO_STOP
  :: atomic { orders ? drain -> stopping = true;
       if
       :: phase == open ->
            start_close();
            cancel(draining)
       :: else
       fi }
  :: atomic { orders ? drop -> leave(draining) }
  :: atomic { orders ? kill_handlers -> kill_current() }
#endif
  :: atomic { phase == closed && current == NOBODY -> phase = ended; break }
  od
}

/* -- the handler ---------------------------------------------------------------------------- */

inline on_closing() {
  assert(S38_in_order || !closing_seen[me]);
  assert(S38_in_order || why == 255 || received[me] == why);
  assert(S38_in_order || (hands[me] == 0 && is_empty(normal[me])));
  closing_seen[me] = true
}

proctype handler(byte me) {
  mtype what;
  byte why, id, number;
  bool has_sent, has_closed, ends;
end_unborn:
  alive[me];
  do
  :: atomic { nempty(urgent[me]) && nfull(inbox) ->
       take_urgent(ends);
       what = 0;
       if
       :: ends -> goto done
       :: else
       fi }
  :: atomic { empty(urgent[me]) && nempty(normal[me]) -> take_normal(); what = 0 }
#ifndef NEVER_ACKNOWLEDGES
  :: atomic { may_act && hands[me] != 0 ->
       given_back[me] = hands[me];
       inbox ! acknowledge, me, hands[me];
       hands[me] = 0 }
#endif
#ifdef FRIENDLY
  :: atomic { may_act && closing_seen[me] -> goto done }
#else
  :: atomic { may_act && hands[me] != 0 ->
       given_back[me] = hands[me];
       inbox ! reject, me, hands[me];
       hands[me] = 0 }
  :: atomic { may_act && given_back[me] != 0 && strays > 0 ->
       strays--;
       inbox ! acknowledge, me, given_back[me] } /* for the second time */
  :: atomic { may_act && hands[me] != 0 && strays > 0 ->
       strays--;
       inbox ! acknowledge, STRANGER, hands[me] }
  :: atomic { may_act && !has_sent -> has_sent = true; inbox ! send, me, 0 }
  :: atomic { may_act && !has_closed -> has_closed = true; inbox ! send_close, me, 0 }
  :: atomic { !silent[me] -> silent[me] = true }
  :: atomic { may_act -> goto done }
#endif
  od;
done:
  atomic { end_handler(); has_sent = false; has_closed = false; ends = false }
}

init {
  run handler(0)
}

/* -- the client ----------------------------------------------------------------------------- */

active proctype client() {
  byte n;
#ifndef FRIENDLY
  bool pinged;
#endif
  do
  :: atomic { n < MESSAGES && nfull(kernel) && phase == open -> n++; kernel ! data, n }
  :: atomic { may_close && nfull(kernel) && phase == open -> kernel ! close_frame, n; goto half }
#ifndef FRIENDLY
  :: atomic { !pinged && nfull(kernel) && phase == open -> pinged = true; kernel ! ping, 0 }
  :: atomic { nfull(kernel) && phase == open -> kernel ! garbage, 0; break }
  :: atomic { nfull(kernel) && phase == open -> fin = true; goto half }
  :: atomic { full(kernel) && phase == open -> gone = true; goto unseen } /* (S42) */
  :: atomic { phase == open -> rst = true; break }
  :: break /* silent for ever, or vanished */
#endif
  :: phase != open -> break
  od;
  goto done;
#ifndef FRIENDLY
unseen:
  if
  :: atomic { nfull(kernel) && phase == open -> fin = true }
  :: phase != open
  fi;
  goto done;
#endif
half:
#ifndef FRIENDLY
  if
  :: atomic { phase == open -> fin = true; goto half_again }
  :: atomic { phase == open -> rst = true }
  :: true
  fi;
  goto done;
half_again:
  if
  :: atomic { phase == open -> rst = true }
  :: true
  fi;
#endif
done:
  n = 0
}

#include "websocket_liveness.pml"
