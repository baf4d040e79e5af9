/// Every number that bounds us and that is no configuration key, with its reason.
package enum Limits {
    /// How often a worker may come to grief over one file before it is handed back; the last attempt runs
    /// single-threaded, which cures most races in decoders.
    package static let attempts = 3

    /// Photos that are made at once, one to a processor: more would take the disk and the memory from videos.
    package static let photosAtOnce = 4

    /// Edits are some hundred bytes of XML, or some kilobytes where somebody has drawn; what is larger is left where it is.
    package static let companion_bytes: Int64 = 16 << 20

    /// Edits that come later than this after their photo are left where they are.
    package static let companionAfter_s = 86400.0

    /// The longest wait between two tries while the machine is at fault.
    package static let retryAfterAtMost_s = 300.0

    /// One line of a worker: far more than any it has reason to send, and a bound against a broken one.
    package static let workerLine_bytes = 1 << 20

    /// Everything that one worker may say: days of progress lines.
    package static let workerOutput_bytes = 64 << 20

    /// How many reads empty a pipe, which holds a megabyte at most.
    package static let pipePortions = 17

    /// The longest list that one request may ask for.
    package static let listPage = 500

    /// How long workers and requests get to end when flipd stops. systemd waits longer.
    package static let stop_s = 8.0

    /// From asking a worker to end to killing it.
    package static let workerGrace_s = 3.0

    /// Repeats of one fault are logged at most this often.
    package static let sameFaultAgain_s = 30.0

    /// A file that changes for longer than this is remarked upon; only people can know whether that is right.
    package static let stillChanging_s = 1800.0

    /// A folder of which the kernel does not tell everything is looked at this often.
    package static let scanning_s = 5.0

    /// A folder in which nothing is left and nothing has happened for so long is removed.
    package static let idleFolder_s = 600.0

    /// A note whose file was taken away is removed after this long.
    package static let orphan_s = 10.0
}
