/** Contract suites for allocators and pools, and the doubles that they use. */
package dev.ashlar.testkit;
