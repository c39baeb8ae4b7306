"""Product data by id over gRPC: shop.lookup.v1.ProductLookup."""
