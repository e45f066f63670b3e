package dev.millrace.cli;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether a disk of this machine has room.
///
/// @param what what is kept there
/// @param path where; need not be there yet
/// @param option that names it, if it was not given: where nothing is then, nothing is kept
/// @param fate what happens when the disk is full
record DiskCheck(String what, Path path, Optional<String> option, String fate)
    implements DoctorCheck {
  private static final long GIB = 1L << 30;
  private static final long LEAST = GIB / 2;
  private static final double SCARCE_SHARE = 0.1;

  /// So much is enough on a disk of any size.
  private static final long ENOUGH = 50 * GIB;

  @Override
  public String name() {
    return "disk";
  }

  @Override
  public void run(Findings findings) {
    if (option.isPresent() && !Files.exists(path)) {
      findings.ok(
          "%s (%s) is not there, so its disk was not looked at; %s says where it is, or will be"
              .formatted(what, path, option.get()));
      return;
    }
    Path there = path.toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    try {
      FileStore disk = Files.getFileStore(there);
      judge(findings, what + " (" + path + ")", disk.getTotalSpace(), disk.getUsableSpace(), fate);
      Path folder = Files.isDirectory(there) ? there : there.getParent();
      if (!Files.isWritable(there) || !Files.isWritable(folder)) {
        findings.problem(
            what + " (" + path + ") cannot be written by this user",
            "give it to the user that the service runs as");
      }
    } catch (IOException e) {
      findings.unknown(
          what + " (" + path + ") not checked: " + Sentences.sentence(e), "look at the disk there");
    }
  }

  /// Judges how much room there is.
  ///
  /// @param what whose disk it is
  /// @param total bytes of it
  /// @param usable bytes that are left
  /// @param fate what happens when it is full
  static void judge(Findings findings, String what, long total, long usable, String fate) {
    String text = "%s has %s of %s GiB left".formatted(what, gib(usable), gib(total));
    if (usable < LEAST) {
      findings.problem(text + ": " + fate, "make room, or give it another disk");
    } else if (usable < Math.min(ENOUGH, SCARCE_SHARE * total)) {
      findings.warning(text + ": " + fate, "make room, or give it another disk");
    } else {
      findings.ok(text);
    }
  }

  private static String gib(long bytes) {
    return "%.1f".formatted((double) bytes / GIB);
  }
}
