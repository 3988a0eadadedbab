/** What the JVM's own tools get to see. */
package dev.ashlar.adaptive.internal.record;
