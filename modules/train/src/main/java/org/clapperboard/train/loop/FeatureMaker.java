package org.clapperboard.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.shard.FloatPool;
import org.clapperboard.data.shard.MediaBuffers;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionEncoder;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;

/**
 * A stage's frozen vision encoder alone, which makes of a sample what it makes of it in a step: the
 * same calls on the same numbers. One thread at a time.
 */
public final class FeatureMaker implements AutoCloseable {
  private static final int ELEMENTS_AT_ONCE = 1 << 20;

  private final FloatPool pool = new FloatPool();
  private final Pack tensors = Pack.load("tensors");
  private final int frames;
  private final Parameters parameters;
  private final VisionEncoder encoder;
  private final MediaBuffers buffers;

  private FeatureMaker(StageConfig config, Parameters parameters) {
    this.frames = config.data().frames();
    this.parameters = parameters;
    this.encoder =
        new VisionEncoder(
            config.model().sight().encoder(), parameters, Part.VISION_ENCODER.prefix());
    Preprocess preprocess = preprocess(config.model());
    this.buffers =
        new MediaBuffers(preprocess.encoder(), preprocess.size(), VideoLlama2.MEL_BINS, pool::take);
  }

  /** Takes the features of a sample, whose memory is used again afterwards. */
  public interface Taker {
    /** Is told the sample's name and its features. */
    void take(String sampleId, FloatBuffer features) throws IOException;
  }

  /** Opens the encoder that a job starts with. */
  public static FeatureMaker open(Job job, Configuration hadoop) {
    TorchEngine.start(job.config().cluster().threads());
    List<ParameterSpec> specs = job.config().model().specs().get(Part.VISION_ENCODER);
    return new FeatureMaker(job.config(), weights(job, hadoop).part(Part.VISION_ENCODER, specs));
  }

  private static StartingWeights weights(Job job, Configuration hadoop) {
    return new StartingWeights(job, Folder.of(job.config().run(), hadoop), 0, 1, null);
  }

  /** SHA-256 of the encoder's weights, whichever file they are in. */
  public static String weightsHash(
      StageConfig config, Map<Part, WeightFile> files, Configuration hadoop) {
    List<ParameterSpec> specs = config.model().specs().get(Part.VISION_ENCODER);
    MessageDigest digest = DigestUtils.getSha256Digest();
    weights(Job.startingWith(config, files), hadoop)
        .read(Part.VISION_ENCODER, specs, source -> specs.forEach(s -> add(digest, source, s)));
    return Hex.encodeHexString(digest.digest());
  }

  private static void add(MessageDigest digest, TensorSource source, ParameterSpec spec) {
    ByteBuffer bytes =
        ByteBuffer.allocate(ELEMENTS_AT_ONCE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 0; at < spec.elements(); at += ELEMENTS_AT_ONCE) {
      int elements = (int) Math.min(ELEMENTS_AT_ONCE, spec.elements() - at);
      bytes.clear().limit(elements * Float.BYTES);
      source.read(spec.name(), at, bytes.asFloatBuffer());
      digest.update(bytes);
    }
  }

  /** What becomes of pictures before a model's vision encoder sees them. */
  public static Preprocess preprocess(ModelConfig model) {
    VisionConfig vision = model.sight().encoder();
    boolean siglip = vision.family() == VisionConfig.Family.SIGLIP;
    return new Preprocess(
        siglip ? Preprocess.Encoder.SIGLIP : Preprocess.Encoder.CLIP,
        vision.imageSize(),
        Preprocess.Aspect.PAD);
  }

  /** Encodes what a sample shows, and returns how many pictures that were. */
  public int make(StoredSample sample, Taker taker) {
    List<byte[]> shown = ExampleMaker.shown(sample, frames);
    FloatBuffer pixels = buffers.pixels(shown);
    try (NDManager scope = TorchEngine.newScope()) {
      int size = encoder.config().imageSize();
      NDArray pictures =
          tensors.tensor(scope, "unfilled", new long[] {shown.size(), 3, size, size});
      Parameters.floats(pictures).put(pixels.duplicate());
      NDArray features = TorchEngine.withoutGradients(() -> encoder.features(scope, pictures));
      taker.take(sample.id(), encoder.memory(scope, features));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      pool.giveBack(pixels);
    }
    return shown.size();
  }

  @Override
  public void close() {
    parameters.close();
  }
}
