/**
 * Recipes, samples, quarantine, shards, mixtures, order and ledger. SampleOrder is a pure function.
 */
package org.clapperboard.data;
