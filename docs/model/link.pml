/* What both models share: the slot, the bond between a connection and its handlers, the handler's
 * mailbox, and the rules that must hold of them. Mirrors slot, stream, stream_table and the message
 * half of socket_actor, in actors/messages and actors/connection.
 *
 * A turn of the socket actor is one atomic step. A rule is an assertion whose text begins with the
 * rule's name, so that a failed check says which rule it was. A mutant (-DMUTANT_name) is a mistake
 * that some rule must catch: see README.md.
 */

#define NOBODY 254   /* no current handler; the sender of what a dead mailbox returns */
#define STRANGER 255 /* an actor that is not a handler of this connection */

/* Not empty and nempty: these may not stand beside `else`. */
#define is_empty(c) (len(c) == 0)
#define holds_any(c) (len(c) > 0)

#ifndef URGENT
#define URGENT 3 /* room in a handler's high-priority lane; a rule says that it suffices */
#endif
#ifndef INBOX
#define INBOX 2  /* messages of handlers under way; who finds no room is slower */
#endif

#ifndef STRAYS
#define STRAYS 1 /* duplicate or foreign acknowledgements, in all */
#endif

/* Names for failed assertions; never true, and not part of the state. */
hidden byte S1_one_pending, S1_in_order, S2_overtakes, S2_not_dropped, S3_no_credit, S4_end,
  S5_slot_freed, S5_no_clean_end, S8_look_ahead, S21_one_at_a_time, S37_abnormal, S38_in_order,
  S44_once, S44_one_winner, S44_true_reason, S45_sends_ignored, S45_only_cancelled_killed;

/* To a handler. `closing` is end_of_content or closed. */
mtype = { data, closing, cancelled, kill };
/* From a handler to the socket actor. */
mtype = { acknowledge, reject, demand, respond, begin, finish, send, send_close, down };
/* From the client. data_end: the last content and its end in one read. */
mtype = { head, data_end, end, garbage, ping, close_frame };
/* From the server that stops. */
mtype = { drain, drop, kill_handlers };
/* Phases; finishing stands for lingering too. `closed` waits for handlers. */
mtype = { open, finishing, closed, ended };
/* Why a handler is cancelled. */
mtype = { peer_closed, peer_reset, client_deadline, handler_deadline, protocol_error, answered,
          draining };

/* -- the client's side of the socket -------------------------------------------------------- */

#ifndef WINDOW
#define WINDOW 1
#endif
chan kernel = [WINDOW] of { mtype, byte }; /* when it is full the client's send blocks (S10) */
bool fin;                                  /* the client has shut down its side, seen as RDHUP */
bool rst;                                  /* the client has reset the connection */

/* -- the handlers --------------------------------------------------------------------------- */

chan urgent[HANDLERS] = [URGENT] of { mtype, byte };  /* the mailbox's high-priority lane: what, and why or how many */
chan normal[HANDLERS] = [2] of { mtype, byte, byte }; /* the other: data, its id, its number */
chan inbox = [INBOX] of { mtype, byte, byte };        /* of the socket actor: what, from, id */

bool alive[HANDLERS] = IS_ATTACHED;
byte hands[HANDLERS];      /* the delivery that the handler works on, or 0 */
byte given_back[HANDLERS]; /* the last delivery that it truly acknowledged */
byte received[HANDLERS];   /* how many data messages it got */
bool closing_seen[HANDLERS];
bool told[HANDLERS];       /* it has taken a `cancelled` */
bool silent[HANDLERS];     /* it does nothing any more unless it is cancelled */
byte strays = STRAYS;

/* -- the socket actor ----------------------------------------------------------------------- */

mtype phase = open;
bool stopping; /* the server has begun to stop */

byte outstanding; /* the slot: the delivery that is not acknowledged, or 0 */
byte last_id;

byte current = (IS_ATTACHED -> 0 : NOBODY); /* of the stream */
bool is_cancelled;
bool is_killed; /* the grace period is over */
bool former[HANDLERS];
bool was_told[HANDLERS]; /* `cancelled` was sent to it */
byte former_holds[HANDLERS]; /* the delivery that it had in its hands when it had answered, or 0 */

#define is_stalled (outstanding != 0)
#ifndef MUTANT_former_holds_on
#define is_held_by_former (former_holds[0] != 0 || former_holds[HANDLERS - 1] != 0)
#else
#define is_held_by_former false
#endif
#define can_deliver (current != NOBODY && !is_cancelled && !is_stalled)

inline tell(whom, what, why) {
  assert(S2_not_dropped || len(urgent[whom]) < URGENT);
#ifdef MUTANT_cancel_behind_data
  if
  :: what == cancelled -> normal[whom] ! cancelled, 0, 0
  :: else -> urgent[whom] ! what, why
  fi
#else
  urgent[whom] ! what, why
#endif
}

inline deliver(number) {
#ifndef MUTANT_second_delivery
  assert(S1_one_pending || !is_stalled);
#endif
  assert(S1_one_pending || !alive[current] || (hands[current] == 0 && is_empty(normal[current])));
#if HANDLERS > 1
  assert(S1_one_pending || HANDLERS < 2 || current == 0 || !alive[0]
         || (hands[0] == 0 && is_empty(normal[0])));
#endif
  last_id++;
  outstanding = last_id;
  if
  :: alive[current] -> normal[current] ! data, last_id, number
  :: else /* comes back as an error that is ignored: the handler's end says the same */
  fi
}

/* stream::notify: the end, after `count` data messages */
inline notify(count) {
  if
  :: current != NOBODY && !is_cancelled && alive[current] ->
#ifndef MUTANT_control_dropped
       tell(current, closing, count)
#else
       skip
#endif
  :: else
  fi
}

inline check_reason(why) {
  assert(S44_true_reason || ((why != peer_reset || rst) && (why != peer_closed || fin || rst)
                             && (why != draining || stopping)));
}

/* stream::cancel; the grace period starts with it */
inline cancel(why) {
  if
#ifdef MUTANT_cancel_forgotten
  :: current != NOBODY ->
#else
  :: current != NOBODY && !is_cancelled ->
#endif
       check_reason(why);
       assert(S44_one_winner || !former[current]);
       is_cancelled = true;
       was_told[current] = true;
       if
       :: alive[current] -> tell(current, cancelled, why)
       :: else
       fi
  :: else
  fi
}

inline cancel_former(whom, why) {
  if
#ifdef MUTANT_former_cancelled_twice
  :: former[whom] ->
#else
  :: former[whom] && !was_told[whom] ->
#endif
       was_told[whom] = true;
       if
       :: alive[whom] -> tell(whom, cancelled, why)
       :: else
       fi
  :: else
  fi
}

/* The end of the current handler's bond: stream::on_down */
inline let_go() {
  current = NOBODY;
  is_cancelled = false;
  is_killed = false;
#ifndef MUTANT_slot_not_released
  outstanding = 0;
#endif
  assert(S5_slot_freed || !is_stalled)
}

/* stream::detach */
inline forget() {
  if
  :: current != NOBODY ->
       former[current] = true;
       former_holds[current] = outstanding
  :: else
  fi;
  let_go()
}

inline attach(whom) {
  assert(S21_one_at_a_time || current == NOBODY);
  current = whom;
  alive[whom] = true
}

#if defined(MUTANT_any_id) || defined(MUTANT_former_earns_credit)
#define right_id(id) true
#else
#define right_id(id) (id == outstanding)
#endif
#if defined(MUTANT_any_sender)
#define right_sender(from) true
#elif defined(MUTANT_former_earns_credit)
#define right_sender(from) (from < HANDLERS && (former[from] || from == current))
#else
#define right_sender(from) (from == current)
#endif

/* Judges an acknowledgement; `verdict` becomes whether it is accepted. */
inline judge(from, id, verdict) {
  verdict = is_stalled && right_id(id) && right_sender(from);
  if
  :: verdict ->
       assert(S3_no_credit || given_back[current] == outstanding);
       outstanding = 0
  :: else
  fi
}

/* The socket actor closes: socket_actor::leave */
inline leave(why) {
  if
  :: phase == open || phase == finishing ->
       phase = closed;
#ifdef MUTANT_no_cancel_when_stalled
       if
       :: is_stalled
       :: else -> cancel(why)
       fi;
#else
       cancel(why);
#endif
       forget_conversation()
  :: else
  fi
}

inline kill_current() {
  if
  :: current != NOBODY && !is_killed && alive[current] -> tell(current, kill, 0)
  :: else
  fi;
  is_killed = (current != NOBODY)
}

inline kill_former(whom) {
  if
  :: former[whom] && alive[whom] -> tell(whom, kill, 0)
  :: else
  fi
}

/* -- steps of a handler --------------------------------------------------------------------- */

/* Takes the first message of the high-priority lane; `is_over` becomes whether the handler ends. */
inline take_urgent(is_over) {
  urgent[me] ? what, why;
  if
  :: what == closing -> on_closing()
  :: what == cancelled ->
       assert(S44_once || !told[me]);
       told[me] = true;
       if
       :: is_over = true
       :: silent[me] = true /* ignores it, and must be killed */
       :: skip              /* ignores it, and goes on */
       fi
  :: what == kill ->
       assert(S45_only_cancelled_killed || was_told[me]);
       assert(S2_overtakes || told[me]);
       is_over = true
  fi;
  why = 0
}

inline take_normal() {
  normal[me] ? what, id, number;
  if
  :: what == data ->
       assert(S2_overtakes || !was_told[me] || told[me]);
       assert(S1_one_pending || hands[me] == 0);
       received[me]++;
       assert(S1_in_order || received[me] == number);
       hands[me] = id
  :: else -> told[me] = true /* only in a mutant: a cancel that came with normal priority */
  fi;
  id = 0;
  number = 0
}

/* What is still in the mailbox of a handler that ends is lost. */
inline end_handler() {
  do
  :: holds_any(normal[me]) -> normal[me] ? what, id, number
  :: holds_any(urgent[me]) -> urgent[me] ? what, why
  :: else -> break
  od;
  alive[me] = false;
  hands[me] = 0;
  received[me] = 0;
  closing_seen[me] = false;
  told[me] = false;
  silent[me] = false;
  what = 0;
  id = 0;
  number = 0;
  why = 0;
  inbox ! down, me, 0
}

/* The socket actor has heard of the end of `whom`. */
inline bury(whom) {
  given_back[whom] = 0;
  was_told[whom] = false
}

#define may_act (alive[me] && !silent[me] && nfull(inbox))

/* -- the server, which stops ---------------------------------------------------------------- */

#ifndef NO_STOP
#ifndef ORDERS
#define ORDERS 0 /* spin's fairness needs 1 */
#endif
chan orders = [ORDERS] of { mtype };

active proctype server() {
  if
  :: orders ! drain
  :: phase == ended -> goto done
  fi;
  if
  :: orders ! drop
  :: phase == ended -> goto done
  fi;
  if
  :: orders ! kill_handlers
  :: phase == ended
  fi;
done:
  skip
}
#endif
