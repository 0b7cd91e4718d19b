/** Benchmarks, answers, judges and reports for an exported model. */
package org.clapperboard.eval;
