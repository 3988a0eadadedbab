package dev.ashlar.arena.view;

import dev.ashlar.arena.CheckedBlocks;
import java.lang.foreign.Arena;

/** Run by {@link NativeAccessTest} in a JVM of its own: opens views, and prints what came of it. */
public final class ViewProgram {

    private ViewProgram() {}

    /** Opens two views, one after the other. */
    public static void main(String[] args) {
        for (ViewKind kind : new ViewKind[] {ViewKind.CONFINED, ViewKind.SHARED}) {
            CheckedBlocks allocator = new CheckedBlocks();
            try (Arena view = kind.open(allocator)) {
                System.out.println(kind + " served " + view.allocate(8, 8).byteSize());
            } catch (IllegalCallerException e) {
                System.out.println(kind + " refused: " + e.getMessage());
            }
            System.out.println(allocator.calls() + " calls, " + allocator.liveBlocks() + " live");
        }
    }
}
