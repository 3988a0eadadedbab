/** Providers, their discovery and their configuration. */
package dev.ashlar.spi;
