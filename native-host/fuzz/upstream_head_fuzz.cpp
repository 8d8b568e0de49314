// Arbitrary lines as an upstream's head: what is forwarded has no framing, hop-by-hop field or line
// break, and a forwarded Location leads to this origin. The first byte selects the status.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "require.hpp"
#include "upstream/header_filter.hpp"
#include "upstream/location.hpp"

using namespace portcullis;
using namespace portcullis::bff;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array<unsigned, 6> kStatuses{200, 201, 301, 302, 304, 404};
  const unsigned status = kStatuses[data[0] % kStatuses.size()];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<HeaderField> fields;
  while (!rest.empty() && fields.size() < 64) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t colon = line.find(':');
    // As Beast delivers them: a name is a token, a value has no control byte.
    if (colon == line.npos || colon == 0) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    bool fine = true;
    for (const char c : name) fine = fine && c > ' ' && c < 0x7f && c != ':';
    for (const char c : value) fine = fine && static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
    if (fine) fields.push_back({name, value});
  }
  static const UpstreamTarget upstream =
      std::get<UpstreamTarget>(parse_upstream_url("u", "http://10.0.0.1:9000/base"));
  const LocationMap map{upstream, "https", "app.example", "", "/x"};
  ResponseHead head;
  head.status = status;
  std::string detail;
  if (filter_response_headers(fields, status, map, head, detail) != Code::kAllowed) return 0;
  const std::string text(head.fields.text());
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find("\r\n", at);
    require(end != text.npos);
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 2;
    require(line.find('\r') == line.npos && line.find('\n') == line.npos);
    const std::size_t colon = line.find(": ");
    require(colon != line.npos && colon > 0);
    const std::string_view name = line.substr(0, colon);
    // Fields of the gateway itself.
    const bool own = name == "Content-Security-Policy" || name == "X-Accel-Buffering";
    require(own || !response_header_blocked(name));
    require(!iequals(name, "content-length") && !iequals(name, "transfer-encoding"));
    if (iequals(name, "location")) {
      const std::string_view value = line.substr(colon + 2);
      require(!value.starts_with("//") && value.find('\\') == value.npos);
    }
  }
  return 0;
}
