package org.clapperboard.data.features;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.clapperboard.config.BadData;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ReadBuffers;

/**
 * The stored features of a stage's datasets, by sample. Files stay open up to a limit, the least
 * recently used is closed first. Any thread may ask; they are served one after the other.
 */
public final class FeatureStore implements AutoCloseable {
  private static final int MOST_OPEN = 128;

  private final Map<String, Place> places = new HashMap<>();
  private final LinkedHashMap<String, FeatureReader> open = new LinkedHashMap<>(16, 0.75f, true);
  private final ReadBuffers buffers = new ReadBuffers();

  private record Place(Folder folder, StoredFeatures features) {}

  /**
   * Opens the features of some datasets; of others there are none.
   *
   * @param folders by dataset
   * @throws BadData if some are not there
   */
  public FeatureStore(Map<String, Folder> folders) {
    folders.forEach(
        (dataset, folder) -> {
          StoredFeatures features = StoredFeatures.in(folder);
          if (features == null) {
            throw new BadData("Cannot read " + folder + ": there are no features.");
          }
          places.put(dataset, new Place(folder, features));
        });
  }

  /**
   * The features of a sample.
   *
   * @param allocate gives memory for so many floats
   * @return null if none are stored of its dataset
   */
  public synchronized FloatBuffer of(
      StreamReader.Source source, String sampleId, IntFunction<FloatBuffer> allocate) {
    Place place = places.get(source.dataset());
    return place == null ? null : reader(place, source).read(source.row(), sampleId, allocate);
  }

  private FeatureReader reader(Place place, StreamReader.Source source) {
    String file = place.features().shards().get(source.shard()).file();
    FeatureReader reader =
        open.computeIfAbsent(
            place.folder() + "/" + file,
            path ->
                new FeatureReader(
                    place.folder().path(file), place.folder().configuration(), buffers));
    if (open.size() > MOST_OPEN) {
      var oldest = open.entrySet().iterator();
      oldest.next().getValue().close();
      oldest.remove();
    }
    return reader;
  }

  @Override
  public synchronized void close() {
    open.values().forEach(FeatureReader::close);
    open.clear();
  }
}
