/**
 * The figures of an adaptive allocator for JMX. Begin at {@link dev.ashlar.adaptive.jmx.AllocatorBeans}.
 */
package dev.ashlar.adaptive.jmx;
