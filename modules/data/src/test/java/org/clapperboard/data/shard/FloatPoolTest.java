package org.clapperboard.data.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.media.Sound;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.sound.FilterBank;
import org.junit.jupiter.api.Test;

class FloatPoolTest {
  @Test
  void a_buffer_that_is_given_back_is_the_next_one_of_its_size() {
    FloatPool pool = new FloatPool();
    FloatBuffer first = pool.take(6);
    first.put(3).flip();
    pool.giveBack(first);
    FloatBuffer again = pool.take(6);
    assertThat(again).isSameAs(first);
    assertThat(again.isDirect()).isTrue();
    assertThat(again.position()).isZero();
    assertThat(again.remaining()).isEqualTo(6);
    assertThat(pool.take(6)).isNotSameAs(first);
    assertThat(pool.take(7)).isNotSameAs(first);
  }

  @Test
  void what_is_out_and_idle_is_never_more_than_the_most_that_was_out() {
    FloatPool pool = new FloatPool();
    SplittableRandom random = new SplittableRandom(3);
    List<FloatBuffer> out = new ArrayList<>();
    long now = 0;
    long most = 0;
    for (int i = 0; i < 2000; i++) {
      if (!out.isEmpty() && (out.size() > 9 || random.nextBoolean())) {
        FloatBuffer back = out.remove(random.nextInt(out.size()));
        now -= back.capacity();
        pool.giveBack(back);
      } else {
        out.add(pool.take(1 + random.nextInt(20)));
        now += out.get(out.size() - 1).capacity();
        most = Math.max(most, now);
      }
      assertThat(pool.floats()).isBetween(now, most);
    }
  }

  @Test
  void a_pooled_bank_is_bit_for_bit_the_one_of_the_sounds_samples() {
    FloatPool pool = new FloatPool();
    MediaBuffers buffers = new MediaBuffers(Preprocess.Encoder.CLIP, 8, 16, pool::take);
    SplittableRandom random = new SplittableRandom(5);
    for (int length : new int[] {16000, 4000, 16000, 100}) {
      short[] sound = new short[length];
      for (int i = 0; i < length; i++) {
        sound[i] = (short) random.nextInt(Short.MIN_VALUE, Short.MAX_VALUE + 1);
      }
      float[] expected = new FilterBank(16, Sound.RATE).compute(Sound.of(sound).samples());
      FloatBuffer bank = buffers.bank(sound);
      float[] values = new float[bank.remaining()];
      bank.duplicate().get(values);
      assertThat(values).isEqualTo(expected);
      pool.giveBack(bank);
    }
  }
}
