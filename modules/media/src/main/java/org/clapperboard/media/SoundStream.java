package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PCM_F32BE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PCM_F32LE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PCM_F64BE;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_PCM_F64LE;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.util.Set;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** The sound track of a file, decoded once from its beginning. */
final class SoundStream implements AutoCloseable {

  private static final int MAX_SAMPLE_RATE = 768_000;
  // A container's own figure may be off by a few packets.
  private static final double CUT_TOLERANCE_SECONDS = 0.25;
  private static final Set<Integer> FLOAT_CODECS =
      Set.of(
          AV_CODEC_ID_PCM_F32LE,
          AV_CODEC_ID_PCM_F32BE,
          AV_CODEC_ID_PCM_F64LE,
          AV_CODEC_ID_PCM_F64BE);

  private final Attempt attempt;
  private final Demuxer demuxer;
  private final int sampleRate;

  private SoundStream(Attempt attempt, Demuxer demuxer) {
    this.attempt = attempt;
    this.demuxer = demuxer;
    this.sampleRate = demuxer.stream().codecpar().sample_rate();
  }

  static SoundStream open(Attempt attempt) {
    Demuxer demuxer = Demuxer.open(attempt);
    try {
      demuxer.chooseSound();
      SoundStream stream = new SoundStream(attempt, demuxer);
      if (stream.sampleRate < 1 || stream.sampleRate > MAX_SAMPLE_RATE) {
        throw new MediaRejection(
            Reason.UNSUPPORTED, stream.sampleRate + " samples per second are not read");
      }
      return stream;
    } catch (RuntimeException e) {
      demuxer.close();
      throw e;
    }
  }

  /** Samples per second as stored. */
  int sampleRate() {
    return sampleRate;
  }

  /** Mono at 16 kHz into a span, up to its end. */
  void readMono(SoundSpan span) {
    decode(Resampler.Target.MONO_16K, Sound.RATE, span, false, span.end(), span::addShorts);
  }

  /** The same with sample 0 at the first frame of the video, if there is one. */
  void readMonoOfVideo(SoundSpan span) {
    decode(Resampler.Target.MONO_16K, Sound.RATE, span, true, span.end(), span::addShorts);
  }

  /** The first channel at its own rate into a span, up to a sample. */
  void readFirstChannel(SoundSpan span, long until) {
    decode(Resampler.Target.DOUBLES, sampleRate, span, false, until, span::addFirstChannel);
  }

  @Override
  public void close() {
    demuxer.close();
  }

  private void decode(
      Resampler.Target target,
      int rate,
      SoundSpan span,
      boolean aligned,
      long until,
      Consumer<AVFrame> sink) {
    attempt.strategy = DecodeStats.Strategy.THROUGH;
    boolean[] started = {!aligned};
    AVPacket packet = av_packet_alloc();
    try (Resampler resampler = new Resampler(target, sink);
        StreamDecoder decoder =
            new StreamDecoder(
                demuxer.stream(),
                attempt,
                frame -> {
                  if (!started[0]) {
                    span.startAt(Math.round(startSeconds(frame) * rate));
                    started[0] = true;
                  }
                  resampler.add(finite(frame));
                })) {
      boolean ended = false;
      while (span.position() < until && !ended) {
        ended = !demuxer.read(packet);
        if (!ended) {
          countPacket();
          decoder.decode(packet);
          av_packet_unref(packet);
          attempt.checkSeconds((double) span.position() / rate);
        }
      }
      decoder.drain();
      resampler.finish();
      noteErrors(decoder.errors());
      if (ended) {
        checkEnd((double) span.position() / rate);
      }
    } finally {
      av_packet_free(packet);
    }
  }

  private AVFrame finite(AVFrame frame) {
    if (FLOAT_CODECS.contains(demuxer.stream().codecpar().codec_id())) {
      FiniteSamples.clean(frame, attempt);
    }
    return frame;
  }

  private void countPacket() {
    attempt.packets++;
    if (attempt.packets > attempt.limits.maxPackets()) {
      throw new MediaRejection(
          Reason.TOO_MANY_FRAMES, "more than " + attempt.limits.maxPackets() + " packets");
    }
  }

  private void noteErrors(int errors) {
    for (int i = 0; i < errors; i++) {
      attempt.damaged();
    }
  }

  /** Where the first samples lie on the clock of the video. */
  private double startSeconds(AVFrame frame) {
    if (frame.pts() == AV_NOPTS_VALUE) {
      return 0;
    }
    double seconds = frame.pts() * Demuxer.seconds(demuxer.stream().time_base());
    double start = seconds - demuxer.clockStartSeconds();
    attempt.checkSeconds(start);
    return start;
  }

  private void checkEnd(double seconds) {
    double declared = demuxer.declaredSoundSeconds();
    if (declared == 0) {
      attempt.seconds = seconds;
    }
    if (seconds < 0.95 * declared - CUT_TOLERANCE_SECONDS) {
      attempt.warn(Warning.CUT_SHORT);
    }
    if (seconds > 0) {
      return;
    }
    if (attempt.isCutShort()) {
      throw new MediaRejection(Reason.TRUNCATED, "the file ends before its first sample");
    }
    if (declared > 0 || attempt.packets > 0) {
      throw new MediaRejection(Reason.CORRUPT, "none of its sound can be decoded");
    }
    attempt.warn(Warning.NO_SAMPLES);
  }
}
