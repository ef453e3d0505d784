/* What must happen some time, every process having its turns (weak fairness). */

/* S44, S39: whoever is told that the client is gone hears of it. */
ltl cancel_arrives { [] (rst -> <> (told[0] || !alive[0])) }
/* S37, S39: so is the end of the stream without a Close, though nothing is read. */
ltl end_of_stream_arrives { [] (fin -> <> (told[0] || !alive[0] || close_received)) }
/* S42: also when a full window hides the client's end and the handler never acknowledges. */
ltl hidden_end_is_found { [] (gone -> <> (told[0] || !alive[0] || close_received)) }
/* S6, S45: nobody holds the slot for ever. */
ltl slot_gets_free { [] (is_stalled -> <> !is_stalled) }
/* S45: a cancelled handler ends, by itself or not. */
ltl cancelled_ends { [] (is_cancelled -> <> !is_cancelled) }
/* S59: a connection ends, when the server stops at the latest. */
ltl connection_ends { <> (phase == ended) }
#ifdef FRIENDLY
/* S1, S38: who acknowledges always gets the next, and then the client's Close. */
ltl all_arrives { <> (closing_seen[0] && received[0] == MESSAGES) }
#endif
/* S30: a Close within the look-ahead is answered though the handler never acknowledges. */
#define close_in_reach (is_stalled && len(parked) < LOOK_AHEAD && ahead < LOOK_AHEAD \
                        && !close_sent && kernel ? [close_frame, _])
ltl close_is_answered { [] (close_in_reach -> <> (close_sent || phase != open)) }
