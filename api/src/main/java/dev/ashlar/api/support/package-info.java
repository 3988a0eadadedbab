/**
 * What allocators and pools share with the decorators of this module. For authors of allocators and pools, not for
 * their users.
 */
package dev.ashlar.api.support;
