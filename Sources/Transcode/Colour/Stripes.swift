internal import Glibc

/// Work on a picture's rows, each thread on a stripe of them; done when it returns.
func inStripes(of rows: Int, on threads: Int, _ work: (Range<Int>) -> Void) {
    let count = max(1, min(threads, rows))
    let stripe = { number in (rows * number / count)..<(rows * (number + 1) / count) }
    withoutActuallyEscaping(work) { work in
        let helpers = (1..<count).map { number in Helper { work(stripe(number)) } }
        work(stripe(0))
        for helper in helpers { helper.finish() }
    }
}

/// A thread for one piece of work: starting one takes a thousandth of what a picture takes.
private final class Helper {
    private let work: () -> Void
    private var thread: pthread_t?

    init(_ work: @escaping () -> Void) {
        self.work = work
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { helper in
                // Not nil, because it is passed below; and alive, because whoever made it waits for the thread.
                Unmanaged<Helper>.fromOpaque(helper!).takeUnretainedValue().work()
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        if code == 0 { self.thread = thread }
    }

    /// Waits for its end. Where no thread was to be had, it is done here.
    func finish() {
        if let thread { pthread_join(thread, nil) } else { work() }
    }
}
