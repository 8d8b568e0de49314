// CPU time of reading one request head, as the connection does it, with the parse_head() that the
// program is linked with (ADR 0016, bench/bff/heads.mjs). Answers each line "FILE ROUNDS" with a
// line of JSON: nanoseconds for a head, and how many fields it has.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"

namespace {

using namespace portcullis;
using namespace portcullis::bff;

double cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

bool read(const std::string& text, Request& request) {
  HeadScanner scanner;
  if (scanner.scan(text) != HeadScanner::Result::kComplete) return false;
  const std::string_view head(text.data() + scanner.begin(), scanner.end() - scanner.begin());
  return parse_head(head, request).code == Code::kAllowed;
}

}  // namespace

int main() {
  std::string path;
  long rounds = 0;
  while (std::cin >> path >> rounds) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Request request;
    const double before = cpu_ns();
    for (long left = rounds; left > 0; --left) {
      if (!read(text, request)) return 1;
    }
    std::printf("{\"ns\":%.1f,\"fields\":%zu}\n", (cpu_ns() - before) / static_cast<double>(rounds),
                request.fields.size());
    std::fflush(stdout);
  }
  return 0;
}
