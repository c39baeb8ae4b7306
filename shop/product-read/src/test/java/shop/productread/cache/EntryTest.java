package shop.productread.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import shop.productread.Page;

class EntryTest {

    private final Compression compression = new Compression();

    @Test
    void whatIsWrittenIsReadBack() {
        Random random = new Random(1);
        for (int length : new int[] {0, 1, 100, 1_000, 5_000, 300_000}) {
            byte[] json = new byte[length];
            for (int i = 0; i < length; i++) {
                json[i] = (byte) "{\"id\":[1,2]}é".charAt(random.nextInt(12));
            }
            Entry entry = new Entry(7, new Page(7, json), 11, 13, 17);
            Entry read = Entry.from(entry.bytes(compression), compression);
            assertThat(read.page().json()).isEqualTo(json);
            assertThat(read).usingRecursiveComparison().isEqualTo(entry);
        }
    }

    @Test
    void aPageOfManyTimesItsCompressedSizeIsReadBack() {
        byte[] json = new byte[1 << 20];
        Arrays.fill(json, (byte) 'a');
        Entry entry = new Entry(1, new Page(1, json), 0, 0, 0);
        assertThat(Entry.from(entry.bytes(compression), compression).page().json()).isEqualTo(json);
    }

    @Test
    void noDamageIsTakenForAPage() {
        byte[] json = "{\"id\":\"p-1\",\"title\":\"Shirt\"}".getBytes(StandardCharsets.UTF_8);
        byte[] whole = new Entry(1, new Page(1, json), 0, 0, 0).bytes(compression);
        for (int length = 0; length < whole.length; length++) {
            assertThat(Entry.from(Arrays.copyOf(whole, length), compression)).isNull();
        }
    }

    @Test
    void versionsAreComparedAsTextInTheOrderOfNumbers() {
        long[] rising = {0, 1, 127, 128, 255, 256, 65_535, 1L << 31, 1L << 40, Long.MAX_VALUE};
        for (int i = 1; i < rising.length; i++) {
            byte[] less = Entry.versionBytes(rising[i - 1]);
            byte[] more = Entry.versionBytes(rising[i]);
            assertThat(Arrays.compareUnsigned(less, more)).isNegative();
        }
    }

    @Test
    void earlyRefreshIsRarerTheMoreTimeIsLeft() {
        assertThat(EarlyRefresh.due(1_000, 1_000, 0, 1.0)).isTrue();
        assertThat(EarlyRefresh.due(999, 1_000, 0, 0.001)).isFalse();
        assertThat(EarlyRefresh.due(990, 1_000, 5_000, 0.5)).isFalse();
        assertThat(EarlyRefresh.due(990, 1_000, 5_000, 0.05)).isTrue();
    }
}
