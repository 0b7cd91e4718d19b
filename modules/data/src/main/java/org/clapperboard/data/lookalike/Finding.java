package org.clapperboard.data.lookalike;

/**
 * A sample and the one of another dataset, or its own, that is most like it.
 *
 * @param kind why that matters, as a {@link Likeness#key}
 * @param dataset its dataset
 * @param sample the sample
 * @param media its medium
 * @param otherDataset the dataset of the other one
 * @param otherSample the other one
 * @param otherMedia its medium
 * @param framesDistance bits of 64 in which their closest frames differ, or null if it is not the
 *     frames that are alike
 * @param soundDistance the same of their sounds
 * @param shard shard of the sample
 * @param rowGroup its row group
 * @param row its row in that
 */
public record Finding(
    String kind,
    String dataset,
    String sample,
    String media,
    String otherDataset,
    String otherSample,
    String otherMedia,
    Integer framesDistance,
    Integer soundDistance,
    String shard,
    int rowGroup,
    int row) {}
