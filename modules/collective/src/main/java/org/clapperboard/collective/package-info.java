/**
 * All-reduce, reduce-scatter, all-gather, broadcast and barrier between ranks; authenticated, with
 * deadlines that name the late rank.
 *
 * <p>Reading order: {@link org.clapperboard.collective.Collective} is what callers see. {@code
 * Rendezvous} opens the connections and {@code Handshake} proves on each who is at the other end.
 * {@code Frame} is the protocol afterwards, {@code Link} one connection for data, {@code Ring} the
 * memory beside it where ranks share a host, {@code Lifeline} the one that tells of a peer's end.
 * {@code Plan} has the algorithms, {@code Route} says which one an operation takes, {@code
 * Exchange} runs them, {@code RankOrderSum} adds, {@code Mesh} ends.
 */
package org.clapperboard.collective;
