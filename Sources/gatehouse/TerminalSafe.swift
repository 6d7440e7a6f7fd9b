/// Text from outside as one may show it: without characters that steer a terminal, break its line, or turn the direction of what is read, so that
/// a name or a comment cannot pass for something else (Unicode Technical Report 36 §2.5).
func terminalSafe(_ text: String) -> String {
  String(String.UnicodeScalarView(text.unicodeScalars.map { steers($0) ? " " : $0 }))
}

private func steers(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F...0x9F: true
  case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
  default: false
  }
}
