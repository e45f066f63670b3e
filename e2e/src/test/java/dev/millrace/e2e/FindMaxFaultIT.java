package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.MaxSearchResult;
import dev.millrace.loadgen.MaxSearchStep;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A search for the highest rate of a pipeline that is not whole.
class FindMaxFaultIT {
  @TempDir private Path folder;

  @Test
  void whatIsKnownWhenTheProcessorDiesIsToldAndWritten() throws Exception {
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String server = "--bootstrap-server=" + broker.awaitKafka();
      Cli.runWell("topics", "create", server);
      try (Cli.Running processor = Cli.start("processor", server, "--state", path("state"))) {
        processor.awaitLine(line -> line.startsWith("processor started"));
        try (Cli.Running search =
            Cli.start(
                "loadgen",
                "--find-max",
                server,
                "--rate",
                "500",
                "--duration",
                "4s",
                "--run",
                path("run"))) {
          search.awaitLine(line -> line.contains("  search "));
          // Once the next step has begun, the pipeline is done with the first.
          Path second = folder.resolve("run").resolve("step-02-1000");
          Await.until(() -> Files.exists(second), () -> "no " + second);
          processor.kill();
          assertEquals(1, search.exitCode(), search.output());
          MaxSearchResult known =
              MaxSearchResult.JSON.decode(
                  Files.readAllBytes(folder.resolve("run").resolve(MaxSearchResult.FILE)));
          assertTrue(known.trouble().contains("nothing has moved"), known.toString());
          // The step in which it died was judged.
          MaxSearchStep last = known.steps().getLast();
          assertTrue(last.step() >= 2 && !last.held(), known.toString());
          assertTrue(search.output().contains("then the search broke off"), search.output());
        }
      }
    }
  }

  @Test
  void withoutAProcessorThereIsNothingToSearch() throws Exception {
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      Cli.Result result =
          Cli.run(
              "loadgen",
              "--find-max",
              "--bootstrap-server=" + broker.awaitKafka(),
              "--run",
              path("run"));
      assertEquals(1, result.code(), result.all());
      assertTrue(result.err().contains("no processor is at work"), result.all());
    }
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
