package org.clapperboard.app.demo;

import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.app.demo.World.Noise;
import org.clapperboard.media.PcmTrack;

/** Makes sounds of one second: silence, one sound, or one after the other in equal halves. */
final class SoundMaker {
  static final int RATE = 16_000;
  private static final int FADE = RATE / 200;

  private final SplittableRandom random;

  SoundMaker(SplittableRandom random) {
    this.random = random;
  }

  /** A sound of these noises in turn; none is silence, which is never quite silent. */
  PcmTrack sound(List<Noise> noises) {
    double[] samples = new double[RATE];
    for (int i = 0; i < noises.size(); i++) {
      int length = RATE / noises.size();
      add(samples, i * length, length, noises.get(i));
    }
    double hush = Math.pow(10, random.nextDouble(-3.5, -2.3));
    short[] pcm = new short[samples.length];
    for (int i = 0; i < pcm.length; i++) {
      double value = samples[i] + hush * gaussian();
      pcm[i] = (short) Math.round(Math.max(-1, Math.min(1, value)) * Short.MAX_VALUE);
    }
    return new PcmTrack(pcm, 1, RATE);
  }

  private void add(double[] samples, int start, int length, Noise noise) {
    double gain = random.nextDouble(0.15, 0.5);
    double[] wave = wave(noise, length);
    for (int i = 0; i < length; i++) {
      double fade = Math.min(1, Math.min(i, length - 1 - i) / (double) FADE);
      samples[start + i] += gain * fade * wave[i];
    }
  }

  private double[] wave(Noise noise, int length) {
    double[] wave = new double[length];
    double frequency =
        switch (noise) {
          case HUM -> random.nextDouble(150, 300);
          case BEEP -> random.nextDouble(2000, 3200);
          case SIREN -> random.nextDouble(350, 550);
          case HISS -> 0;
        };
    double top = random.nextDouble(1300, 1800);
    double gate = random.nextDouble();
    double phase = 0;
    for (int i = 0; i < length; i++) {
      double t = (double) i / RATE;
      switch (noise) {
        case HUM -> {
          double w = 2 * Math.PI * frequency * t;
          wave[i] = (Math.sin(w) + 0.4 * Math.sin(2 * w) + 0.2 * Math.sin(3 * w)) / 1.4;
        }
        case BEEP -> wave[i] = Math.sin(2 * Math.PI * frequency * t);
        case SIREN -> {
          // A sweep that begins again every quarter of a second.
          double sweep = t / 0.25 % 1;
          phase += 2 * Math.PI * (frequency + (top - frequency) * sweep) / RATE;
          wave[i] = Math.sin(phase);
        }
        case HISS -> wave[i] = (16 * t + gate) % 1 < 0.6 ? 0.5 * gaussian() : 0;
      }
    }
    return wave;
  }

  private double gaussian() {
    double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
    return radius * Math.cos(2 * Math.PI * random.nextDouble());
  }
}
