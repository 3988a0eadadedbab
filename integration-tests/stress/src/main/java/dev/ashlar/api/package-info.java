/** Tests of limits. */
@org.jspecify.annotations.NullMarked
package dev.ashlar.api;
