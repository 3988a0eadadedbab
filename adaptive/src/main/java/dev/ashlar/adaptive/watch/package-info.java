/** What those who show figures to others share. */
package dev.ashlar.adaptive.watch;
