/// Memory for reads from sockets.
final class ReadBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  init(size: Int) {
    bytes = .allocate(byteCount: size, alignment: 16)
  }

  deinit {
    bytes.deallocate()
  }
}
