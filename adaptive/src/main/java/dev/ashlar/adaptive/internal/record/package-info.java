/** Events for the JVM's own tools. */
package dev.ashlar.adaptive.internal.record;
