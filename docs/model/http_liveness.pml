/* What must happen some time, every process having its turns (weak fairness). */

/* S44, S39: whoever is told that the client is gone hears of it, or is no longer concerned. */
ltl cancel_arrives { [] ((rst && current == 0) ->
                         <> (told[0] || !alive[0] || former[0])) }
/* S40: content that can't become complete is found out though nothing is read. */
ltl truncation_arrives { [] ((fin && request == data && !whole && current == 0)
                             -> <> (told[0] || !alive[0] || former[0])) }
/* S6, S45: nobody holds the slot for ever. */
ltl slot_gets_free { [] (is_stalled -> <> !is_stalled) }
/* S45: a cancelled handler ends, by itself or not. */
ltl cancelled_ends { [] (is_cancelled -> <> !is_cancelled) }
/* S59: a connection ends, when the server stops at the latest. */
ltl connection_ends { <> (phase == ended) }
#ifdef FRIENDLY
/* S1, S4: who acknowledges always gets the next, and the end once. */
ltl all_arrives { <> (closing_seen[0] && received[0] == CHUNKS) }
#endif
