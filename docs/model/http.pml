/* HTTP/1.1: a connection with pipelined requests, each with a handler of its own. Mirrors
 * actors/http/http1_connection and actors/http/http_exchange. See README.md.
 */

#ifndef REQUESTS
#define REQUESTS 2
#endif
#ifndef CHUNKS
#define CHUNKS 2 /* of content in a request */
#endif
#define HANDLERS REQUESTS
#define IS_ATTACHED false
#include "link.pml"

byte started; /* requests whose head was read */
bool whole;   /* the client has sent all of its last request */
byte length;  /* chunks of content in the request that is served, once its end was read */

mtype request = head; /* head, data (content), end (complete) */
mtype response;       /* 0 (none), begin (begun), end (complete) */
bool is_demanded;
bool end_is_sent;
bool is_judged; /* truncation_checked_ */

#if defined(FRIENDLY) || defined(NARROW)
#define has_variety false
#define may_end_content (n == CHUNKS)
#else
#define has_variety true
#define may_end_content true
#endif
#define serving (started - 1)
#define discards (request == data && response == end)
#ifdef MUTANT_second_delivery
#define may_deliver (current != NOBODY && !is_cancelled)
#else
#define may_deliver can_deliver
#endif
#define appetite (request == head || discards \
                  || (request == data && is_demanded && may_deliver))

/* A connection that ends has no conversation: what it knew makes no difference any more. */
inline forget_conversation() {
  request = head;
  response = 0;
  is_demanded = false;
  end_is_sent = false;
  is_judged = false;
  whole = false;
  fin = false;
  rst = false;
  do
  :: holds_any(kernel) -> kernel ? _, _
  :: else -> break
  od
}

/* is_over_ and socket_actor::finish */
inline finish_connection() {
  assert(S44_one_winner || current == NOBODY || is_cancelled);
  phase = finishing;
  forget_conversation()
}

inline start_next() {
  if
  :: current != NOBODY -> skip /* cancelled, e.g. for HEAD: its end starts the next request */
  :: current == NOBODY && is_held_by_former -> skip /* what it gives back starts it */
  :: else ->
       if
       :: stopping -> finish_connection()
       :: else ->
            request = head;
            response = 0;
            is_demanded = false;
            end_is_sent = false;
            is_judged = false
       fi
  fi
}

/* Whether the connection is kept is the client's wish, or a question of how much content is left. */
inline complete_response(may_persist) {
  response = end;
  if
  :: !is_cancelled -> forget()
  :: else
  fi;
  if
  :: may_persist && !stopping ->
       if
       :: request == end -> start_next()
       :: else
       fi
  :: finish_connection()
  fi
}

inline send_own(may_persist) {
  assert(S5_no_clean_end || response == 0);
  complete_response(may_persist)
}

inline refuse_content(why) {
  cancel(why);
  if
  :: response == begin -> leave(why)
  :: response == 0 -> send_own(false)
  :: else -> finish_connection()
  fi
}

inline end_content_if_due() {
  if
#ifdef MUTANT_end_not_awaiting_ack
  :: request == end && is_demanded && !end_is_sent ->
#else
  :: request == end && is_demanded && !end_is_sent && !is_stalled ->
#endif
       end_is_sent = true;
       assert(S4_end || (request == end && !is_stalled));
       notify(length)
  :: else
  fi
}

inline on_demand() {
  if
  :: !is_demanded ->
       is_demanded = true;
       end_content_if_due()
  :: else
  fi
}

inline on_head() {
  started++;
  length = 0;
  attach(serving);
  if
  :: number > 0 -> request = data
  :: else -> request = end
  fi;
  if
  :: on_demand() /* a behavior handler demands at its start */
  :: skip        /* a coroutine sends read_content */
  fi
}

inline read() {
  kernel ? what, number;
  if
  :: what == head -> on_head()
  :: what == garbage -> refuse_content(protocol_error)
  :: what == end ->
       request = end;
       length = number;
       if
       :: response == end -> start_next()
       :: else -> end_content_if_due()
       fi
  :: else ->
       if
       :: what == data_end ->
            request = end;
            length = number
       :: else
       fi;
       if
       :: response != end ->
            deliver(number);
            end_content_if_due()
       :: response == end && request == end -> start_next()
       :: else
       fi
  fi
}

inline on_end_of_stream() {
  if
  :: request == data && response != end -> leave(peer_closed)
  :: else -> finish_connection()
  fi
}

inline on_handler_down() {
  if
  :: response == end && request == end -> start_next()
  :: response == end || was_cancelled
  :: else ->
       if
#ifndef MUTANT_clean_end
       :: response == begin -> leave(answered)
#endif
       :: else -> send_own(true)
       fi
  fi
}

/* socket_actor::give_slot_back */
inline give_slot_back() {
  if
  :: phase == open && !is_held_by_former && response == end && request == end -> start_next()
  :: else
  fi
}

inline on_down() {
  if
  :: former[from] ->
       former[from] = false;
       former_holds[from] = 0;
       bury(from);
       give_slot_back()
  :: from == current ->
       was_cancelled = is_cancelled;
       let_go();
       bury(from);
       if
       :: phase == open -> on_handler_down()
       :: else
       fi
  :: else
  fi
}

inline on_response() {
  if
#ifndef MUTANT_former_earns_credit
  :: from < HANDLERS && former[from] ->
       if
       :: id == former_holds[from] -> former_holds[from] = 0
       :: else
       fi;
       give_slot_back()
#endif
  :: else ->
       judge(from, id, verdict);
       if
       :: verdict && phase == open ->
            if
            :: what == reject -> refuse_content(answered)
            :: else -> end_content_if_due()
            fi
       :: else
       fi
  fi
}

/* What a handler asks for. */
inline on_request() {
  if
  :: from != current ->
       if
       :: what == demand -> cancel_former(from, answered)
       :: else /* refused */
       fi
#ifndef MUTANT_sends_after_cancel
  :: from == current && (is_cancelled || phase != open)
  :: from == current && !is_cancelled && phase == open ->
#else
  :: from == current ->
#endif
       assert(S45_sends_ignored || (!was_told[from] && phase == open));
       if
       :: what == demand -> on_demand()
       :: what == respond && response == 0 -> complete_response(true)
       :: what == begin && response == 0 ->
            response = begin;
            if
            :: cancel(answered); /* HEAD: nothing may follow */
               complete_response(true)
            :: skip
            fi
       :: what == finish && response == begin -> complete_response(true)
       :: else
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

inline on_drain() {
  if
  :: phase == open && request == head && is_empty(kernel) -> leave(draining)
  :: else
  fi
}

#define no_former (!former[0] && !former[HANDLERS - 1])

active proctype socket() {
  mtype what;
  byte from, id, number;
  bool verdict, was_cancelled;
  do
  :: atomic { inbox ? what, from, id ->
       on_message();
       what = 0; from = 0; id = 0; verdict = false; was_cancelled = false }
  :: atomic { phase == open && appetite && nempty(kernel) ->
       read();
       what = 0; number = 0 }
  :: atomic { phase == open && appetite && empty(kernel) && fin && !rst -> on_end_of_stream() }

  /* The kernel tells of these although nothing is read. */
  :: atomic { phase == open && rst -> leave(peer_reset) }
  :: atomic { phase == open && fin && !is_judged && !appetite ->
       is_judged = true;
       if
#ifndef MUTANT_fin_ignored_when_stalled
       :: request == data && !whole -> leave(peer_closed)
       :: request == end -> leave(peer_closed) /* on_half_close: cancel */
       :: request == end                       /* on_half_close: answer (S41) */
#endif
       :: else
       fi }

  /* Clocks: one account is open at a time. */
#ifndef NO_DEADLINES
  :: atomic { phase == open && request == head -> leave(client_deadline) }
  :: atomic { phase == open && request == data && appetite -> refuse_content(client_deadline) }
#if !defined(NO_HANDLER_DEADLINE) && !defined(MUTANT_no_handler_deadline)
  :: atomic { phase == open && request != head && !appetite ->
       refuse_content(handler_deadline) }
#endif
#endif
  :: atomic { phase == finishing -> leave(client_deadline) } /* all is sent, or never will be */
#ifndef MUTANT_no_grace_deadline
  :: atomic { current != NOBODY && is_cancelled && !is_killed ->
       kill_current();
#ifdef MUTANT_former_killed
       kill_former(0)
#endif
     }
#endif

#ifndef NO_STOP
  :: atomic { orders ? drain -> stopping = true; on_drain() }
  :: atomic { orders ? drop ->
       cancel_former(0, draining);
#if HANDLERS > 1
       cancel_former(1, draining);
#endif
       leave(draining) }
  :: atomic { orders ? kill_handlers ->
       kill_current();
       kill_former(0)
#if HANDLERS > 1
       ; kill_former(1)
#endif
     }
#endif
  :: atomic { phase == closed && current == NOBODY && no_former -> phase = ended; break }
  od
}

/* -- the handlers --------------------------------------------------------------------------- */

inline on_closing() {
  assert(S4_end || (!closing_seen[me] && received[me] == why));
  assert(S4_end || (hands[me] == 0 && is_empty(normal[me])));
  closing_seen[me] = true
}

proctype handler(byte me) {
  mtype what;
  byte why, id, number;
  mtype said; /* of the response: 0, begin, end */
  bool has_demanded, ends;
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
  :: atomic { may_act && !has_demanded -> has_demanded = true; inbox ! demand, me, 0 }
  :: atomic { may_act && hands[me] != 0 ->
       given_back[me] = hands[me];
       inbox ! acknowledge, me, hands[me];
       hands[me] = 0 }
#ifdef FRIENDLY
  :: atomic { may_act && said == 0 && closing_seen[me] -> said = end; inbox ! respond, me, 0 }
  :: atomic { may_act && said == end && former[me] -> goto done }
#else
#ifndef NARROW
  :: atomic { may_act && hands[me] != 0 ->
       given_back[me] = hands[me];
       inbox ! reject, me, hands[me];
       hands[me] = 0 }
  :: atomic { may_act && said == 0 -> said = begin; inbox ! begin, me, 0 }
  :: atomic { may_act && said == begin -> said = end; inbox ! finish, me, 0 }
#endif
  :: atomic { may_act && given_back[me] != 0 && strays > 0 ->
       strays--;
       inbox ! acknowledge, me, given_back[me] } /* for the second time */
  :: atomic { may_act && hands[me] != 0 && strays > 0 ->
       strays--;
       inbox ! acknowledge, STRANGER, hands[me] }
  :: atomic { may_act && said == 0 -> said = end; inbox ! respond, me, 0 }
  :: atomic { !silent[me] -> silent[me] = true }
  :: atomic { may_act -> goto done }
#ifdef NO_STOP
  :: atomic { former[me] && nfull(inbox) -> goto done } /* its own work is done some time */
#endif
#endif
  od;
done:
  atomic { end_handler(); said = 0; has_demanded = false; ends = false }
}

init {
  atomic {
    run handler(0);
#if HANDLERS > 1
    run handler(1)
#endif
  }
}

/* -- the client ----------------------------------------------------------------------------- */

active proctype client() {
  byte r; /* the request that is being sent */
  byte n; /* chunks of it that are sent */
  bool in_content;
  do
  :: atomic { r < REQUESTS && !in_content && nfull(kernel) && phase == open ->
       if
       :: kernel ! head, 1; in_content = true; whole = false
       :: has_variety -> kernel ! head, 0; whole = true; r++
       fi }
  :: atomic { in_content && n < CHUNKS && nfull(kernel) && phase == open ->
       n++;
       if
       :: kernel ! data, n
       :: n == CHUNKS && has_variety ->
            kernel ! data_end, n;
            whole = true; r++; n = 0; in_content = false
       fi }
  :: atomic { in_content && may_end_content && nfull(kernel) && phase == open ->
       kernel ! end, n;
       whole = true; r++; n = 0; in_content = false }
#ifndef FRIENDLY
#ifndef NARROW
  :: atomic { in_content && nfull(kernel) && phase == open -> kernel ! garbage, 0; break }
#endif
  :: atomic { nfull(kernel) && phase == open -> fin = true; goto half } /* a full window hides it (S42) */
  :: atomic { phase == open -> rst = true; break }
  :: break /* silent for ever, or vanished */
#else
  :: r == REQUESTS -> break
#endif
  :: phase != open -> break
  od;
  goto done;
half:
  if
  :: atomic { phase == open -> rst = true }
  :: true
  fi;
done:
  atomic { r = 0; n = 0; in_content = false }
}

#include "http_liveness.pml"
