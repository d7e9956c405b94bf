//! Exported answers of this product: branch `harbor` brings the reader; its file replaces this one.
