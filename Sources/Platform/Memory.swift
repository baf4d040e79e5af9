// What a daemon at rest holds.
internal import CLinux

package enum Memory {
    /// Gives back what only the work just done has needed: free heap, and pages of code, which come back from their
    /// files when they are needed again. A daemon that rests most of the time should not hold on to either.
    package static func giveBack() { flip_give_back_memory() }
}
