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
      DiskSpace.judge(
          findings, what + " (" + path + ")", disk.getTotalSpace(), disk.getUsableSpace(), fate);
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
}
