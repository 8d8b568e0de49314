// Arbitrary bytes as a request target: the result equals the reference's, canonicalisation is
// idempotent, and no decoding of the result produces anything that was not judged.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "portcullis/canonical_path.hpp"
#include "reference_path.hpp"

namespace {

using namespace portcullis;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A careless server's decoding: decodes well-formed triplets and keeps the others.
std::string decode_loosely(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (reference::is_triplet(text, i)) {
      out += static_cast<char>(reference::byte_of(text, i));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void holds_nothing_hidden(const std::string& path) {
  for (const std::string& segment : reference::split(path)) {
    require(segment != "." && segment != "..");
  }
  require(path.find("//") == std::string::npos);
  const auto slashes = std::count(path.begin(), path.end(), '/');
  std::string decoded = path;
  for (int times = 0; times < 4; ++times) {
    decoded = decode_loosely(decoded);
    require(std::count(decoded.begin(), decoded.end(), '/') == slashes);
    for (const std::string& segment : reference::split(decoded)) {
      require(segment != "." && segment != "..");
      for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        require(byte >= 0x20 && byte != 0x7f && c != '\\' && c != ';' && c != '#' && c != '?');
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  CanonicalPath path;
  std::size_t offset = 0;
  const Code code = canonicalize(target, path, &offset);
  const reference::Path wanted = reference::canonicalize(target);
  require(code == wanted.code);
  if (code != Code::kAllowed) {
    require(path.target().empty() && offset <= size);
    return 0;
  }
  require(path.path() == wanted.path);
  require(path.has_query() == wanted.query.has_value());
  require(path.query() == wanted.query.value_or(""));
  const std::string once = path.target();
  CanonicalPath again;
  require(canonicalize(once, again) == Code::kAllowed && again.target() == once);
  holds_nothing_hidden(std::string(path.path()));
  return 0;
}
