import Glibc

/// A thread of one's own, for what may not occupy one of Swift's cooperative pool.
enum Thread {
  /// Something that tells threads apart, and is never 0.
  static var current: UInt { UInt(pthread_self()) }

  /// Runs `body` on a new thread, which ends with it. Throws if the system has no thread to give.
  static func start(_ body: @escaping @Sendable () -> Void) throws(ListenError) {
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, { Thread.enter($0) }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw .system(call: "pthread_create", code: code, reason: String(cString: strerror(code)))
    }
    pthread_detach(thread)
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }

  private static func enter(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box else { return nil }
    Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body()
    return nil
  }
}
