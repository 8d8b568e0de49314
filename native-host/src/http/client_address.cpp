#include "http/client_address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace portcullis::bff {

namespace {

bool is_trusted(std::string_view address, const std::vector<Cidr>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(),
                     [&](const Cidr& range) { return range.contains(address); });
}

}  // namespace

ClientAddress client_address(const Request& request, std::string_view peer,
                             const std::vector<Cidr>& trusted) {
  ClientAddress out{std::string(peer), "http", false};
  if (trusted.empty() || !is_trusted(peer, trusted)) return out;
  std::vector<std::string_view> hops;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "x-forwarded-for")) continue;
    each_list_element(field.value, [&](std::string_view hop) { hops.push_back(hop); });
  }
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(std::string(*hop), ec);
    if (ec) break;
    out.ip = address.to_string();
    if (!is_trusted(out.ip, trusted)) break;
  }
  const std::string_view scheme = request.single("x-forwarded-proto").value_or("");
  out.scheme_known = scheme == "https" || scheme == "http";
  if (out.scheme_known) out.scheme = scheme;
  return out;
}

}  // namespace portcullis::bff
