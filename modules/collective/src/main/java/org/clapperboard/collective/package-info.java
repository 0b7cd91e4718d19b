/**
 * All-reduce, reduce-scatter, all-gather, broadcast and barrier between ranks; authenticated, with
 * deadlines that name the late rank.
 */
package org.clapperboard.collective;
