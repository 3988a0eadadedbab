/**
 * Allocators of other software over Ashlar's, in some thirty lines each: what the API must be good for. They are tests of
 * the API, no bridges for users.
 */
package dev.ashlar.verification.adapters;
