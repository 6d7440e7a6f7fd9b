import Glibc

/// What the machine does beside the benchmark, from when this is made on.
struct Machine {
  private let began = now()
  private let busy = Machine.busySeconds
  private let own = Machine.ownSeconds

  /// The part of all processors that other processes, or the machine's host, have used since. Asked when all children have ended.
  var othersShare: Double {
    let others = (Machine.busySeconds - busy) - (Machine.ownSeconds - own)
    return max(0, others / (now() - began) / Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// User, nice, system and steal of the first line of `/proc/stat` (proc(5)). Interrupts are left out: they are the network's, which is ours.
  private static var busySeconds: Double {
    let fields = Files.text("/proc/stat").split(separator: "\n").first?.split(separator: " ") ?? []
    guard fields.count > 8 else { return 0 }
    return [1, 2, 3, 8].reduce(0) { $0 + (Double(fields[$1]) ?? 0) } / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static var ownSeconds: Double {
    var used = tms()
    times(&used)
    return Double(used.tms_utime + used.tms_stime + used.tms_cutime + used.tms_cstime) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
