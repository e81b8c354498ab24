use super::*;
use crate::dcl::Item;

#[tokio::test]
async fn stock_falls_as_orders_ship() {
    let world = World::usual();
    world.dcl.put_item(Item { on_hold: 1, ..Item::new("SCARCE", "scarce", 5) });
    let told = async || world.get("items?item_numbers=SCARCE").await.body["items"][0].clone();
    let figures = |item: &Value| {
        ["on_hand", "committed", "available", "on_demand", "net_available"].map(|name| item[name].as_i64().unwrap())
    };
    world.place("SO1", &[("SCARCE", 3)]).await;
    world.place("SO2", &[("SCARCE", 4)]).await;
    assert_eq!(figures(&told().await), [5, 0, 4, 7, -3]);
    world.dcl.advance("SO1").unwrap();
    assert_eq!(figures(&told().await), [5, 3, 1, 4, -3]);
    world.dcl.ship_all("SO1").unwrap();
    assert_eq!(figures(&told().await), [2, 0, 1, 4, -3]);
}

#[tokio::test]
async fn the_catalogues_goods_are_items() {
    let world = World::usual();
    let all = world.get("items").await;
    let goods = crate::catalogue::items().unwrap().into_iter().filter(|item| item.requires_shipping).count();
    assert_eq!(all.body["items"].as_array().unwrap().len(), goods);
    let one = world.get("items?item_numbers=TEE-SLATE,EBOOK-CARE&fields=item_number,available").await;
    assert_eq!(one.body["items"], json!([{"item_number": SKU, "available": 1000}]));
    let second = world.get("items?page=2&page_size=50").await;
    assert_eq!(second.body["items"].as_array().unwrap().len(), goods - 50);
    assert_eq!(world.get("items?inventory_type=ZDMG").await.body["items"], json!([]));
    world.get("items?page_size=501").await.refused("page_size");
    world.get("items?fields=colour").await.refused("fields");
    world.get("items?include_lot=maybe").await.refused("include_lot");
}
