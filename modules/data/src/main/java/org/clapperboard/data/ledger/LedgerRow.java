package org.clapperboard.data.ledger;

/**
 * One sample seen in one step.
 *
 * @param step number of the step in its stage, from 0
 * @param epoch how often its stream had been seen whole before
 * @param stream name of its stream in the mixture
 * @param rank rank that computed it
 * @param place its place in the global batch
 * @param sampleId the sample
 * @param dataset its dataset
 * @param modality what it shows
 * @param tokens positions that were learned from
 * @param loss mean cross-entropy over those, before the step
 * @param learned false where the step was not taken: no weights have seen the sample by it
 */
public record LedgerRow(
    long step,
    long epoch,
    String stream,
    int rank,
    int place,
    String sampleId,
    String dataset,
    String modality,
    int tokens,
    double loss,
    boolean learned) {}
