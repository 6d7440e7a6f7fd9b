import Glibc

/// Who types a verb that works on the database file, for the audit log: `command line (alice)`.
///
/// The user who logged in, whom sudo and su do not change (`pam_loginuid(8)`); where nobody did, in a container or a timer, the process's user.
func commandLineActor() -> String {
  let user = loginUser() ?? getuid()
  return "command line (\(name(of: user) ?? "uid \(user)"))"
}

/// `/proc/self/loginuid`, see `proc(5)`: -1, as an unsigned number, while nobody has logged in.
private func loginUser() -> uid_t? {
  guard let file = fopen("/proc/self/loginuid", "re") else { return nil }
  defer { fclose(file) }
  var digits = [CChar](repeating: 0, count: 16)
  let count = fread(&digits, 1, digits.count, file)
  let user = uid_t(String(decoding: digits.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self))
  return user == .max ? nil : user
}

private func name(of user: uid_t) -> String? {
  var entry = passwd()
  var found: UnsafeMutablePointer<passwd>?
  var buffer = [CChar](repeating: 0, count: 16 << 10)
  guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, let name = found?.pointee.pw_name else { return nil }
  return String(cString: name)
}
