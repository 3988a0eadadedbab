/**
 * Tests that the strategies of size classes share: what their one engine promises beyond the contract. Not exported,
 * because they know how that engine works; the strategies' tests find them on the class path.
 */
package dev.ashlar.testkit.sizeclass;
