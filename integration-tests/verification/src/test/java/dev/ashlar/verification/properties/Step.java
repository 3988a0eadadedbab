package dev.ashlar.verification.properties;

import java.util.List;

/**
 * One step of a random sequence. A step can be taken in every state: an index of live blocks wraps around, and a step
 * without a block does nothing. So any part of a sequence is a sequence, which shrinking needs.
 */
sealed interface Step {

    /** Takes the step on the allocator of a model, and in the model. */
    void on(Model model);

    /** How a block is requested. */
    enum Way {
        ALLOCATE,
        TRY_ALLOCATE,
        ZEROED,
        ADDRESS,
        TRY_ADDRESS
    }

    /** How the new size of a block follows from its old one. */
    enum Change {
        GROW,
        SHRINK,
        WITHIN,
        REPLACE;

        long newSize(long oldSize, long byteSize) {
            return switch (this) {
                case GROW -> Math.min(oldSize + byteSize, Math.max(oldSize, Steps.LARGEST));
                case SHRINK -> Math.min(oldSize, byteSize);
                case WITHIN -> oldSize - oldSize / 16; // the next size class is never nearer than that
                case REPLACE -> byteSize;
            };
        }
    }

    /** What is wrong with a block. */
    enum Bad {
        FREED_JUST_NOW,
        FREED_LONG_AGO,
        INTERIOR,
        FOREIGN
    }

    /** How a bad block is freed. */
    enum Misuse {
        FREE,
        FREE_ADDRESS,
        RESIZE
    }

    record Allocate(Way way, Request request) implements Step {
        @Override
        public void on(Model model) {
            model.allocate(way, request);
        }
    }

    record AllocateMany(Request request, int count) implements Step {
        @Override
        public void on(Model model) {
            model.allocateMany(request, count);
        }
    }

    record AllocateList(List<Long> byteSizes, long byteAlignment) implements Step {
        @Override
        public void on(Model model) {
            model.allocateList(byteSizes, byteAlignment);
        }
    }

    record Resize(int pick, Change change, Request request) implements Step {
        @Override
        public void on(Model model) {
            model.resize(pick, change, request);
        }
    }

    record Free(int pick, boolean byAddress) implements Step {
        @Override
        public void on(Model model) {
            model.free(pick, byAddress);
        }
    }

    record FreeAll(List<Integer> picks) implements Step {
        @Override
        public void on(Model model) {
            model.freeAll(picks);
        }
    }

    record FreeBad(Bad bad, Misuse misuse, int pick) implements Step {
        @Override
        public void on(Model model) {
            model.misuse(bad, misuse, pick);
        }
    }

    record FreeAllWithBad(Bad bad, int pick, List<Integer> picks) implements Step {
        @Override
        public void on(Model model) {
            model.freeAllWithBad(bad, pick, picks);
        }
    }

    record FreeAllWithOneTwice(List<Integer> picks) implements Step {
        @Override
        public void on(Model model) {
            model.freeAllWithOneTwice(picks);
        }
    }

    record Trim() implements Step {
        @Override
        public void on(Model model) {
            model.trim();
        }
    }

    /** Time passes, in which idle memory may be returned. */
    record Pass(int seconds) implements Step {
        @Override
        public void on(Model model) {
            model.pass(seconds);
        }
    }

    record SetRetained(long bytes) implements Step {
        @Override
        public void on(Model model) {
            model.setRetained(bytes);
        }
    }

    /** The source refuses a later take. */
    record RefuseTake(int nth) implements Step {
        @Override
        public void on(Model model) {
            model.source().refuseTake(nth);
        }
    }

    /** The source throws at a later take. */
    record FailTake(int nth) implements Step {
        @Override
        public void on(Model model) {
            model.source().failTake(nth);
        }
    }

    /** The source refuses every take until it recovers. */
    record RunDry() implements Step {
        @Override
        public void on(Model model) {
            model.source().runDry();
        }
    }

    record Recover() implements Step {
        @Override
        public void on(Model model) {
            model.source().recover();
        }
    }

    /** Repeats a request until it is refused, frees one of these blocks, and repeats it once more. */
    record FillAndReplace(Request request, int pick) implements Step {
        @Override
        public void on(Model model) {
            model.fillAndReplace(request, pick);
        }
    }
}
