package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Sound files to be damaged, by what they hold.
 *
 * @param videos with and without sound, and whatever is of no other kind
 * @param pictures pictures
 * @param sounds sounds
 */
record Originals(List<Original> videos, List<Original> pictures, List<Original> sounds) {
  /** What is larger takes more time than it finds. */
  private static final int LARGEST = 300_000;

  private static final int RATE = 16_000;

  /**
   * A file.
   *
   * @param name where it came from
   * @param bytes what is in it
   */
  record Original(String name, byte[] bytes) {}

  Originals {
    videos = List.copyOf(videos);
    pictures = List.copyOf(pictures);
    sounds = List.copyOf(sounds);
  }

  /** One of every format that can be written here. */
  static Originals made() {
    List<RgbImage> frames =
        IntStream.range(0, 12).mapToObj(number -> MadeClips.frame(number, 96, 64)).toList();
    short[] samples = new short[RATE];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (9000 * Math.sin(0.1 * i));
    }
    PcmTrack sound = new PcmTrack(samples, 1, RATE);
    ClipFormat mpeg4 = ClipFormat.mpeg4(12);
    ClipFormat h264 = new ClipFormat(new ClipFormat.H264(300_000), 12, 4, 32_000);
    return new Originals(
        List.of(
            new Original("made MPEG-4 with sound", ClipWriter.write(mpeg4, frames, sound)),
            new Original("made H.264 with sound", ClipWriter.write(h264, frames, sound)),
            new Original("made H.264", ClipWriter.write(h264, frames))),
        Stream.of(new FrameEncoding.Jpeg(90), new FrameEncoding.Png(), new FrameEncoding.Webp())
            .map(encoding -> picture(encoding, frames.get(0)))
            .toList(),
        List.of(
            new Original("made WAV", WavWriter.write(sound)),
            new Original("made AAC in MP4", ClipWriter.write(h264, List.of(), sound))));
  }

  private static Original picture(FrameEncoding encoding, RgbImage frame) {
    try (FrameCodec codec = new FrameCodec(encoding)) {
      return new Original("made " + encoding.getClass().getSimpleName(), codec.encode(frame));
    }
  }

  /** Those of a folder as well, at any depth, apart from empty and large ones. */
  Originals with(Path folder) throws IOException {
    List<Original> moreVideos = new ArrayList<>(videos);
    List<Original> morePictures = new ArrayList<>(pictures);
    List<Original> moreSounds = new ArrayList<>(sounds);
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
        if (Files.size(path) > 0 && Files.size(path) <= LARGEST) {
          String name = folder.relativize(path).toString();
          boolean picture = name.matches(".*\\.(jpe?g|png|webp|gif|bmp|tiff?)");
          boolean sound = name.matches(".*\\.(wav|flac|mp3|ogg|opus|wma|m4a|aiff)");
          (picture ? morePictures : sound ? moreSounds : moreVideos)
              .add(new Original(name, Files.readAllBytes(path)));
        }
      }
    }
    return new Originals(moreVideos, morePictures, moreSounds);
  }

  /** All of them. */
  List<Original> all() {
    return Stream.of(videos, pictures, sounds).flatMap(List::stream).toList();
  }
}
