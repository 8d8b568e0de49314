#include "portcullis/console.hpp"

#include <cstdio>
#include <string>

#include "app/cli.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

int run_console() {
  // Not std::getline: an endless line must not exhaust memory. One byte over the limit is kept, so
  // that the core answers CONSOLE_LINE_TOO_LONG.
  std::string line;
  bool any = false;
  const auto answer = [&line] {
    std::string out = console_line(line);
    out.push_back('\n');
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
    line.clear();
  };
  for (;;) {
    const int c = std::getc(stdin);
    if (c == EOF) break;
    if (c == '\n') {
      answer();
      any = false;
      continue;
    }
    any = true;
    if (line.size() <= limits::kMaxConsoleLineBytes) line.push_back(static_cast<char>(c));
  }
  if (any) answer();
  return 0;
}

}  // namespace portcullis::bff
