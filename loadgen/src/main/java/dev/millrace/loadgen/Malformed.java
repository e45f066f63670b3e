package dev.millrace.loadgen;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Ways in which something is no event, as they occur: each makes one of an event that was.
enum Malformed {
  CUT_OFF {
    @Override
    byte[] of(byte[] event) {
      return Arrays.copyOf(event, event.length / 2);
    }
  },
  NO_JSON {
    @Override
    byte[] of(byte[] event) {
      return ("GET / HTTP/1.1 " + event.length).getBytes(StandardCharsets.US_ASCII);
    }
  },
  NO_SERVICE {
    @Override
    byte[] of(byte[] event) {
      return renamed(event, "\"service\"", "\"servise\"");
    }
  },
  TEXT_FOR_TIME {
    @Override
    byte[] of(byte[] event) {
      return renamed(event, "\"time\":", "\"time\":\"\",\"t\":");
    }
  },
  NEGATIVE_BYTES {
    @Override
    byte[] of(byte[] event) {
      return renamed(event, "\"bytes\":", "\"bytes\":-1,\"b\":");
    }
  };

  abstract byte[] of(byte[] event);

  private static byte[] renamed(byte[] event, String from, String to) {
    return new String(event, StandardCharsets.UTF_8)
        .replace(from, to)
        .getBytes(StandardCharsets.UTF_8);
  }
}
