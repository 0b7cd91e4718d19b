package org.clapperboard.app.inspect;

import java.util.Locale;
import org.apache.spark.sql.types.StructType;

/** The tables that files of a run hold, with what each of their columns means. */
enum BaseTable {
  LEDGER(
      "every sample of every step",
      """
      run STRING COMMENT 'folder of the run',
      stage STRING COMMENT 'the stage',
      epoch BIGINT COMMENT 'how often the stream had been seen whole before',
      step BIGINT COMMENT 'number of the step in its stage, from 0',
      stream STRING COMMENT 'the stream of the mixture that it came by',
      rank INT COMMENT 'the rank that computed it',
      place INT COMMENT 'its place in the global batch, from 0',
      sample_id STRING COMMENT 'name of the sample, unique in its dataset',
      dataset STRING COMMENT 'the dataset',
      modality STRING COMMENT 'image, video, audio, audio-visual or text',
      tokens INT COMMENT 'positions that were learned from',
      loss DOUBLE COMMENT 'mean cross-entropy over those, before the step',
      learned BOOLEAN COMMENT 'false where the step was skipped: no weights have seen the sample by it'
      """),
  METRICS(
      "every step as a whole",
      """
      stage STRING COMMENT 'the stage',
      step BIGINT COMMENT 'number of the step in its stage, from 0',
      loss DOUBLE COMMENT 'mean cross-entropy over all labels of the global batch',
      lr DOUBLE COMMENT 'learning rate',
      gradient_norm DOUBLE COMMENT 'norm of the gradient, before clipping',
      labels BIGINT COMMENT 'positions that were learned from',
      positions BIGINT COMMENT 'positions of the language model, media included',
      padding BIGINT COMMENT 'further positions, which filled shorter rows up',
      samples BIGINT COMMENT 'samples of the global batch',
      seconds DOUBLE COMMENT 'length of the step',
      data_wait_seconds DOUBLE COMMENT 'of it waiting for samples',
      exchange_wait_seconds DOUBLE COMMENT 'of it waiting for other ranks',
      taken BOOLEAN COMMENT 'false where it was skipped: its loss or gradient is not a number',
      flops DOUBLE COMMENT 'floating-point operations that the model needed, recomputation not counted',
      utilisation DOUBLE COMMENT 'share of cluster.peak-flops that this is; null if that is not given',
      memory_bytes BIGINT COMMENT 'resident memory of rank 0 after it; null where unknown',
      peak_memory_bytes BIGINT COMMENT 'the most that it has been',
      heap_bytes BIGINT COMMENT 'what of the most was the heap'
      """),
  LOSSES(
      "what each modality and each dataset had to do with each step",
      """
      stage STRING COMMENT 'the stage',
      step BIGINT COMMENT 'number of the step in its stage, from 0',
      kind STRING COMMENT 'modality or dataset',
      name STRING COMMENT 'which one',
      samples BIGINT COMMENT 'its samples in the global batch',
      labels BIGINT COMMENT 'positions that were learned from',
      loss DOUBLE COMMENT 'mean cross-entropy over those; null if there are none'
      """),
  VALIDATION(
      "what the weights after some steps make of held-out samples, of all and of each dataset",
      """
      stage STRING COMMENT 'the stage',
      step BIGINT COMMENT 'the step after which it was measured, from 0',
      kind STRING COMMENT 'all or dataset',
      name STRING COMMENT 'which dataset; all',
      samples BIGINT COMMENT 'samples that were predicted',
      labels BIGINT COMMENT 'positions that were predicted',
      loss DOUBLE COMMENT 'mean cross-entropy over those; null if there are none'
      """),
  CAPTIONS(
      "what the weights after some steps answer to held-out samples",
      """
      stage STRING COMMENT 'the stage',
      step BIGINT COMMENT 'the step after which it was asked, from 0',
      dataset STRING COMMENT 'dataset of the sample',
      sample_id STRING COMMENT 'the sample',
      question STRING COMMENT 'its first question',
      expected STRING COMMENT 'the answer that the dataset has',
      said STRING COMMENT 'that of the model: its likeliest tokens, 64 at most'
      """),
  SLICES(
      "what exam slices say of the weights after some steps, a row for each set",
      """
      stage STRING COMMENT 'the stage',
      step BIGINT COMMENT 'the step after which it was asked, from 0',
      set STRING COMMENT 'the set of questions',
      asked BIGINT COMMENT 'questions whose answer could be told right or wrong',
      right BIGINT COMMENT 'those that were answered right',
      share DOUBLE COMMENT 'their share; null if nothing was asked'
      """),
  ANSWERS(
      "what exams have asked, after stages or of an exported model, and what was answered",
      """
      set STRING COMMENT 'the set of questions, or benchmark',
      question_id STRING COMMENT 'the question, unique in its set',
      sample_id STRING COMMENT 'the sample it is about',
      media STRING COMMENT 'file that was shown, or empty',
      start_seconds DOUBLE COMMENT 'start of the clip',
      end_seconds DOUBLE COMMENT 'end of the clip; infinite for the end of the file',
      frames ARRAY<INT> COMMENT 'number of each frame that was shown, in its file',
      question STRING COMMENT 'the question',
      prompt STRING COMMENT 'all that the model was told, media as placeholders',
      prompt_hash STRING COMMENT 'hash of the prompt',
      expected STRING COMMENT 'the first right answer; empty where only a server knows',
      answer STRING COMMENT 'what was answered',
      tokens INT COMMENT 'tokens of the answer',
      seconds DOUBLE COMMENT 'its share of the time of the batch it was answered in'
      """),
  VERDICTS(
      "what was made of the answers of exams, a row for each thing that was judged",
      """
      set STRING COMMENT 'the set of questions, or benchmark',
      question_id STRING COMMENT 'the question',
      sample_id STRING COMMENT 'the sample it is about',
      kind STRING COMMENT 'what it is counted under, or empty',
      extracted STRING COMMENT 'what the answer says; null if that cannot be told',
      how STRING COMMENT 'how that was told',
      correct BOOLEAN COMMENT 'whether it is right; null if nobody has said',
      measure STRING COMMENT 'what a judge was asked; empty if the answer was compared',
      outcome STRING COMMENT 'what became of asking the judge; empty if none was asked',
      score DOUBLE COMMENT 'score of the judge, or null',
      reply STRING COMMENT 'what the judge replied, or why it did not'
      """),
  INPUTS(
      "what each stage is trained on, a row for each dataset of each stream",
      """
      stage STRING COMMENT 'the stage',
      stream STRING COMMENT 'the stream',
      share INT COMMENT 'places of the stream in every run of the sum of all shares',
      dataset STRING COMMENT 'the dataset',
      modality STRING COMMENT 'what its samples show',
      content STRING COMMENT 'hash of its samples and their order',
      samples BIGINT COMMENT 'samples that can come up',
      left_out BIGINT COMMENT 'samples that data.without leaves out',
      findings STRING COMMENT 'hash of the table of findings that says which; null if none'
      """),
  ATTEMPTS(
      "every attempt at a stage that has ended",
      """
      stage STRING COMMENT 'the stage',
      attempt INT COMMENT 'its number since the command was started, from 1',
      started TIMESTAMP COMMENT 'when it began',
      seconds DOUBLE COMMENT 'how long it took',
      ranks INT COMMENT 'ranks it ran on',
      first_step BIGINT COMMENT 'the step that it began with',
      steps_known BIGINT COMMENT 'steps of the stage that were known to be done when it ended',
      steps_saved BIGINT COMMENT 'those of them that weights or a checkpoint count',
      lost_seconds DOUBLE COMMENT 'about how long the others took, which are done again',
      planned_memory_bytes BIGINT COMMENT 'what a rank was to need at most beside the heap; null where nothing was measured',
      peak_memory_bytes BIGINT COMMENT 'the most memory beside the heap that rank 0 is known to have had',
      heap_bytes BIGINT COMMENT 'the most of its heap that was in memory',
      cause STRING COMMENT 'why it ended; null if the stage was finished',
      host STRING COMMENT 'where a rank was lost; null if none was, or if that is not known'
      """),
  CHECKPOINTS(
      "the checkpoints that are there, and the weights that finished stages handed over",
      """
      stage STRING COMMENT 'the stage',
      kind STRING COMMENT 'checkpoint or weights',
      steps BIGINT COMMENT 'steps taken before it: it has seen the steps below this number',
      parts ARRAY<STRING> COMMENT 'parts whose weights it holds; null for a checkpoint'
      """),
  QUARANTINE(
      "every medium or row of a manifest that could not be used",
      """
      dataset STRING COMMENT 'the dataset',
      sample_id STRING COMMENT 'name of the sample, empty if the row gave none',
      file STRING COMMENT 'the medium',
      media_key STRING COMMENT 'names the medium and how it was read',
      manifest STRING COMMENT 'the manifest',
      line BIGINT COMMENT 'its line there',
      reason STRING COMMENT 'why, as a code: see jobs/README.md',
      detail STRING COMMENT 'why, as a sentence',
      decoder_version STRING COMMENT 'what read it',
      host STRING COMMENT 'where',
      millis BIGINT COMMENT 'how long that took'
      """),
  MEDIA(
      "what was prepared, with frames and sounds",
      """
      sample_id STRING COMMENT 'name of the sample, unique in its dataset',
      dataset STRING COMMENT 'the dataset',
      modality STRING COMMENT 'image, video, audio, audio-visual or text',
      kind STRING COMMENT 'what reports sort it by, or empty',
      media STRING COMMENT 'file that it was read from; empty for text',
      media_key STRING COMMENT 'names the medium and how it was read',
      start_seconds DOUBLE COMMENT 'start of the clip',
      end_seconds DOUBLE COMMENT 'end of the clip; infinite for the end of the file',
      decode_millis INT COMMENT 'how long reading the medium took',
      exchanges ARRAY<STRUCT<question: STRING, answer: STRING>> COMMENT 'what is said of it',
      container STRING COMMENT 'file format; null for text, here and below',
      codec STRING COMMENT 'codec of the frames, or of the sound',
      source_width INT COMMENT 'width of a frame in the file, 0 for sounds',
      source_height INT COMMENT 'height of a frame in the file, 0 for sounds',
      source_fps DOUBLE COMMENT 'frames per second, 0 for sounds and pictures',
      source_frames INT COMMENT 'frames of the file',
      source_seconds DOUBLE COMMENT 'length of the file, not of the clip; 0 if unknown',
      frames_wanted INT COMMENT 'different frames asked for',
      frames_hit INT COMMENT 'those that were decoded',
      packets_damaged INT COMMENT 'packets that the decoder complained of',
      warnings ARRAY<STRING> COMMENT 'what was wrong nonetheless',
      has_sound BOOLEAN COMMENT 'whether the file has a sound track',
      frame_width INT COMMENT 'width of a stored frame',
      frame_height INT COMMENT 'height of a stored frame',
      first_frame INT COMMENT 'number of the first frame of the clip in its file',
      last_frame INT COMMENT 'number of its last frame',
      frame_numbers ARRAY<INT> COMMENT 'number of each stored frame in its file',
      frames ARRAY<BINARY> COMMENT 'the stored frames, encoded',
      sound BINARY COMMENT '16 kHz mono samples of 16 bits'
      """),
  FINDINGS(
      "samples that look or sound like another one, if jobs/inspect.sh duplicates has searched",
      """
      kind STRING COMMENT 'contaminated: like a sample it must not be like; or duplicate',
      dataset STRING COMMENT 'dataset of the sample',
      sample_id STRING COMMENT 'the sample',
      media STRING COMMENT 'its medium',
      other_dataset STRING COMMENT 'dataset of the other one',
      other_sample_id STRING COMMENT 'the other one: the most alike there',
      other_media STRING COMMENT 'its medium',
      frames_distance INT COMMENT 'bits of 64 in which the closest frames differ; null if frames are not alike',
      sound_distance INT COMMENT 'bits of 64 in which the sounds differ; null if they are not alike',
      shard STRING COMMENT 'shard of the sample',
      row_group INT COMMENT 'its row group there',
      row INT COMMENT 'its row in that'
      """);

  private final String about;
  private final String columns;

  BaseTable(String about, String columns) {
    this.about = about;
    this.columns = columns;
  }

  /** Its name in SQL. */
  String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a row is. */
  String about() {
    return about;
  }

  /** Its columns, each with a comment. */
  StructType schema() {
    return StructType.fromDDL(columns);
  }
}
