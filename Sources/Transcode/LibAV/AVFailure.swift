internal import CLibAV
internal import Glibc
internal import Model
internal import Synchronization

/// What libav answered when a call failed: its code, what was being done, and the last thing it logged.
///
/// The set of codes is open, so this is a struct that names those we know. Beyond this room nobody sees it:
/// `refusal(else:)` says it in the words of the model.
struct AVFailure: Error {
    let code: Int32
    /// "reading the original": stands in sentences.
    let doing: String
    let lastLine: String

    init(_ code: Int32, _ doing: String) {
        self.code = code
        self.doing = doing
        lastLine = LastLine.text
    }

    static let endOfFile = FLIP_AVERROR_EOF
    static let wantsMore = FLIP_AVERROR_EAGAIN
    static let invalidData = FLIP_AVERROR_INVALIDDATA
    static let outOfMemory = FLIP_AVERROR_ENOMEM

    /// "Invalid data found when processing input".
    var reason: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let start = text.baseAddress, av_strerror(code, start, 128) == 0 else {
                return "error \(code)"
            }
            return String(cString: start)
        }
    }

    /// What the file or the machine is to blame for; `problem` where the code does not tell.
    func refusal(else problem: Problem) -> Refusal {
        let detail = "(For experts: \(doing), \(lastLine.isEmpty ? reason : lastLine).)"
        return switch code {
        case flip_averror(ENOSPC), flip_averror(EDQUOT): Refusal(.diskFull)
        case flip_averror(EIO): Refusal(.ioError)
        case flip_averror(EFBIG):
            Refusal(.tooLarge, "What is made of it grew far beyond its own size.")
        case Self.outOfMemory: Refusal(.crashed, "It needed more memory than a job may use, while \(doing).")
        case FLIP_AVERROR_DECODER_NOT_FOUND, FLIP_AVERROR_PATCHWELCOME: Refusal(.unsupportedCodec, detail)
        default: Refusal(problem, detail)
        }
    }
}

/// The one funnel for libav's calls: a negative answer is an error.
@discardableResult
func av(_ doing: @autoclosure () -> String, _ code: Int32) throws(AVFailure) -> Int32 {
    if code < 0 { throw AVFailure(code, doing()) }
    return code
}

/// Calls of libav in the words of the model: what fails without saying why makes the file a damaged one.
func refusing<Result: ~Copyable>(_ work: () throws(AVFailure) -> Result) throws(Refusal) -> Result {
    do throws(AVFailure) { return try work() } catch { throw error.refusal(else: .corrupt) }
}

/// Memory that libav could not give.
func given<Pointer>(_ pointer: Pointer?, _ doing: String) throws(AVFailure) -> Pointer {
    guard let pointer else { throw AVFailure(AVFailure.outOfMemory, doing) }
    return pointer
}

/// libav's log: it goes nowhere but for its last complaint, which explains the error that follows.
enum LastLine {
    private static let kept = Mutex("")
    /// By the address of the element that complained.
    private static let complaints = Mutex<[UInt: Int]>([:])

    /// How often an element found something that it could not read.
    static func complaints(of element: UnsafeMutableRawPointer) -> Int {
        complaints.withLock { $0[UInt(bitPattern: element)] ?? 0 }
    }

    /// An element is gone; another may come to live at its address.
    static func forgetComplaints(of element: UnsafeMutableRawPointer) {
        complaints.withLock { $0[UInt(bitPattern: element)] = nil }
    }

    fileprivate static func noteComplaint(of element: UnsafeMutableRawPointer) {
        complaints.withLock { $0[UInt(bitPattern: element), default: 0] += 1 }
    }

    static var text: String { kept.withLock { $0 } }

    static func keep() { av_log_set_callback(heed) }

    static func forget() { kept.withLock { $0 = "" } }

    fileprivate static func set(_ line: String) {
        // Names of elements, such as "[mov @ 0x55…] ", say nothing to anybody.
        let text = line.hasPrefix("[") ? line.drop { $0 != "]" }.dropFirst(2) : line[...]
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        kept.withLock { $0 = words.hasSuffix(".") ? String(words.dropLast()) : words }
    }
}

/// Called by libav, on any of its threads.
private func heed(
    _ element: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>?,
    _ arguments: CVaListPointer?
) {
    guard level <= AV_LOG_ERROR, let arguments else { return }
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { line in
        guard let start = line.baseAddress else { return }
        var wantsPrefix: Int32 = 1
        guard av_log_format_line2(element, level, format, arguments, start, 512, &wantsPrefix) > 0 else {
            return
        }
        LastLine.set(String(cString: start))
        if let element, isDemuxer(element) { LastLine.noteComplaint(of: element) }
    }
}

/// Elements of libav begin with a pointer to their class.
private func isDemuxer(_ element: UnsafeMutableRawPointer) -> Bool {
    guard let kind = element.load(as: UnsafePointer<AVClass>?.self)?.pointee else { return false }
    let category = kind.get_category.map { $0(element) } ?? kind.category
    return category == AV_CLASS_CATEGORY_DEMUXER
}
