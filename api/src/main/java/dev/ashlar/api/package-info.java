/** Allocators, pools, their capabilities, statistics and exceptions. */
package dev.ashlar.api;
