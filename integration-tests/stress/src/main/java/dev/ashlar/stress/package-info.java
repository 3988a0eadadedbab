/** Tests that need nothing but what is public. */
@org.jspecify.annotations.NullMarked
package dev.ashlar.stress;
