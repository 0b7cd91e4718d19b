/**
 * Benchmarks: what is asked, what an answer says, whether it is right, and what comes of it all.
 * Nothing here runs a model; questions go out and texts come in.
 */
package org.clapperboard.eval.benchmark;
