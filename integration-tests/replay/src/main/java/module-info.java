import org.jspecify.annotations.NullMarked;

/** The command-line program that replays recorded allocation traces. */
@NullMarked
module dev.ashlar.replay {
    requires static org.jspecify;
    requires dev.ashlar.spi;
    requires com.fasterxml.jackson.jr.ob;
    requires info.picocli;
    requires org.slf4j;
}
